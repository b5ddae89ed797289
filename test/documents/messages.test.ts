import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { TIMES } from "../../src/cli/switches.ts";
import { HELP_FLAG, rootFlags, VERSION_FLAG } from "../../src/commands/flags.ts";
import { KUBECTL_FLAGS } from "../../src/commands/kubectl/kubectl-flags.ts";
import { pluginCommands } from "../../src/commands/kubectl/run-plugin.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { ROOT } from "../support/subject.ts";
import { literalsIn, VALUE } from "./literals.ts";
import { messageRows, plain } from "./message-rows.ts";

const LEVELS = ["error", "warn", "info", "debug", "part", "answer", "bug"];

/** Files whose texts are all something else. */
const OTHER_FILES: Readonly<Record<string, string>> = {
  "src/commands/help.ts": "help",
  "src/commands/usage.ts": "USAGE.md",
  "src/commands/examples.ts": "help and USAGE.md",
  "src/commands/about.ts": "what about prints",
  "src/explain/explanation-text.ts": "what explain prints",
  "src/explain/diff-text.ts": "what diff prints",
  "src/explain/page/html.ts": "HTML",
  "src/explain/page/inputs-html.ts": "the page of explain",
  "src/explain/page/page.ts": "the page of explain",
  "src/explain/page/tree-html.ts": "the page of explain",
  "src/explain/page/browser/differences.ts": "the page of explain",
  "src/explain/page/browser/folding.ts": "selectors of CSS",
  "src/explain/page/browser/keys.ts": "selectors of CSS",
  "src/explain/page/browser/main.ts": "the page of explain",
  "src/explain/page/browser/panel.ts": "the page of explain",
  "src/explain/page/browser/rows.ts": "selectors of CSS",
  "src/explain/page/browser/search.ts": "the page of explain",
  "src/explain/page/browser/selection.ts": "selectors of CSS",
  "src/explain/list-inputs.ts": "names in what explain prints",
  "src/iptables/explain.ts": "what --explain prints",
  "src/iptables/nft-document.ts": "input of nft",
  "src/iptables/nft-words.ts": "input of nft",
  "src/iptables/normal-rule.ts": "compared, not printed",
  "src/profiles/istio-1.30/iptables-rules.ts": "what --explain prints",
  "src/profiles/istio-1.30/iptables-dns-rules.ts": "what --explain prints",
  "src/profiles/istio-1.30/iptables-tproxy-rules.ts": "what --explain prints",
  "src/profiles/istio-1.6/iptables-rules.ts": "what --explain prints",
  "src/host/eta-plugin.ts": "code",
  "src/status/media-types.ts": "media types",
  "src/http/sniff.ts": "media types",
  "src/status/agent-metrics.ts": "a page of metrics",
  "src/http/reply.ts": "words of HTTP statuses",
  "src/http/http2/static-table.ts": "header fields",
  "src/mesh/is-expected-end.ts": "compared, not printed",
};

/** Texts with blanks that no person gets to read as a message. */
const OTHER_TEXTS: readonly (readonly [is: string, texts: RegExp])[] = [
  ["lines of HTTP", /HTTP\/[12][. ]|^(Date|Content-Length|Transfer-Encoding|Connection): |^\w+\/[\w-]+; |^<a href/],
  ["headers, and the last line of OpenMetrics", /^(Basic|Bearer) …$|^# EOF/],
  ["lists of names", /^[A-Z_]+ [A-Z0-9_]+( [\w./-]+)*$|^[a-z]+(_[a-z]+)*( [a-z]+(_[a-z]+)+)+$|^[\w-]+\.istio\.io\/\w+ |^ads authn |^TLS_/],
  ["words of YAML", /^(y Y|n N|~ null|[-+]?\.(nan|inf)) /i],
  ["a format of Envoy's log", /^%Y/],
  ["what version prints", /^client version: $|version\.BuildInfo|^bun …$|^attache … \((profile )?…\)$/],
  [
    "compared, not printed",
    /^(\n?-----(BEGIN|END) CERTIFICATE-----|private key| PRIVATE KEY|PRIVATE KEY|Microsoft Corporation|not this cloud|no certificate: CA ?|control plane ?| \| caused by |\s*"node":)$/,
  ],
  ["names of what is missing, for comparing", /^(unreadable (updates|state|workers)|state …|admin …)$/],
  [
    "input and output of iptables and nft",
    /^(type |meta \$1|ct state …)$|^add table inet test|^unrecognized option$|^does not exist$|^exec: $/,
  ],
  ["between values", /^ (or|and) $/],
  ["selectors of Kubernetes", /^… (not)?in \(…\)$/],
  ["the name of the plug-in", /^kubectl attache$/],
];

const PLUGIN = pluginCommands(async () => ({ kind: "absent" }));

/** Texts of the tables, which USAGE.md and help show. */
const TABLES: ReadonlySet<string> = new Set([
  TIMES,
  ...[...COMMANDS, ...PLUGIN].flatMap(({ arguments: words, summary, details }) => [words, summary, ...details]),
  ...KUBECTL_FLAGS.map(({ help }) => help),
  ...profiles().flatMap((profile) => [
    ...[HELP_FLAG, VERSION_FLAG, ...rootFlags(profile), ...COMMANDS.flatMap((command) => command.flags(profile))].flatMap((flag) => [
      flag.help,
      flag.default,
    ]),
    ...Object.values({ ...profile.variables, ...profile.variablePrefixes }).map(({ help }) => help),
  ]),
  `Local port to send the request to: ${VALUE}`,
]);

interface Source {
  readonly file: string;
  readonly text: string;
  /** The level the code names right before the text, where it does. */
  readonly level: string | undefined;
}

const rows = messageRows();
const sources = [...new Glob("src/**/*.ts").scanSync(ROOT)].filter((path) => !path.endsWith(".d.ts") && OTHER_FILES[path] === undefined);
const texts = sources.flatMap(textsOf);
const listed = new Map(rows.flatMap(({ level, texts: each, line }) => each.map((text) => [text, { level, line }] as const)));

function textsOf(file: string): readonly Source[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return literalsIn(source)
    .filter(({ text }) => text.includes(" ") && /[A-Za-z]{2}/.test(text) && !TABLES.has(text))
    .filter(({ text }) => !OTHER_TEXTS.some(([, pattern]) => pattern.test(text)))
    .map(({ text, at }) => {
      const before = source.slice(0, at);
      const [, said, noted] = /(?:\b(?:say|log|tell)\(\s*"(\w+)",\s*|\blevel: "(\w+)"(?: as const)?,\s*text:\s*)$/.exec(before) ?? [];
      return { file, text: plain(text), level: said ?? noted ?? (/new UsageError\(\s*$/.test(before) ? "error" : undefined) };
    });
}

describe("docs/messages.md", () => {
  test("has every message of the source", () => {
    const missing = texts.filter(({ text }) => !listed.has(text)).map(({ file, text }) => `${file}: ${text}`);
    expect(missing).toEqual([]);
  });

  test("has no message that the source does not have", () => {
    const known = new Set(texts.map(({ text }) => text));
    expect([...listed.keys()].filter((text) => !known.has(text))).toEqual([]);
  });

  test("has each message once", () => {
    const all = rows.flatMap((row) => row.texts);
    expect(all.filter((text, at) => all.indexOf(text) !== at)).toEqual([]);
  });

  test("gives the level of the source, or says in words that there are two", () => {
    const wrong = texts.filter(({ text, level }) => {
      const row = listed.get(text);
      return (
        level !== undefined && row !== undefined && row.level.replace(" =", "") !== level && !row.line.includes(`the level is ${level}`)
      );
    });
    expect(wrong).toEqual([]);
  });

  test("says of every error and warning when it comes or what helps", () => {
    const bare = rows.filter(({ level, line }) => /^(error|warn)/.test(level) && line.replace(/ /g, "").endsWith("|||"));
    expect(bare.map(({ line }) => line)).toEqual([]);
  });

  test("has rows of four cells, of levels that are explained", () => {
    expect(rows.length).toBeGreaterThan(200);
    expect(
      rows.filter(
        ({ level, texts: each, line }) => !LEVELS.includes(level.replace(/ =$/, "")) || each.length === 0 || line.split("|").length !== 6,
      ),
    ).toEqual([]);
  });
});

test("messages begin and end as the others do", () => {
  const own = rows.filter(({ level }) => /^(error|warn|info|debug)$/.test(level)).flatMap(({ texts: [first = ""] }) => first);
  const odd = own.filter((text) => !/^([A-Z1]|…|--)/.test(text.replace(/^(run|attache) /, "R")) || /[.!]$/.test(text));
  expect(odd).toEqual([]);
});
