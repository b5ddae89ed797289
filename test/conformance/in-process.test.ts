import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { run } from "../../src/commands/run.ts";
import { argumentsOf } from "../../src/envoy/options.ts";
import { type Case, differences, expand, fieldCases, generatedCases, namedCases, PROFILE_NAMES, type Seen } from "./cases.ts";
import { fakeHost, PLACES } from "./fake-host.ts";
import { LEFT_ASIDE, reasonToLeave, WAITING_FOR_GO_TEMPLATES } from "./left-aside.ts";
import { parseLenient } from "./lenient-json.ts";
import { FIELD_KINDS, fieldsFile, generatedLines, releaseFiles, SOURCE } from "./vendor.ts";

const BACK = Object.fromEntries(Object.entries(PLACES).map(([mark, place]) => [place, mark]));

async function runCase(recorded: Case): Promise<{ readonly seen: Seen; readonly errors: readonly string[] }> {
  const { host, launches, errors } = fakeHost(expand(recorded, PLACES));
  const exit = await run(["--profile", recorded.profile, ...expand(recorded.args, PLACES)], "attache", host);
  const [launch] = launches;
  if (launch === undefined) return { seen: { launched: false, exit }, errors };
  const watched = (recorded.watchFiles ?? []).map((path) => {
    const file = [...launch.files, launch.services.grpcBootstrap].find(
      (each) => each !== undefined && posix.resolve(PLACES["{{CWD}}"], each.path) === posix.resolve(PLACES["{{CWD}}"], path),
    );
    return [path, file === undefined ? null : { mode: (file.mode & ~0o022).toString(8), text: file.text }] as const;
  });
  const custom = recorded.files?.[launch.configFile.replace(/^\.\/(conf\/\.\.\/)?/, "")];
  const text = launch.bootstrap ?? (typeof custom === "string" ? custom : undefined);
  const seen = {
    launched: true,
    exit,
    argv: argumentsOf(launch.options),
    ...(text === undefined ? {} : { bootstrapText: text }),
    bootstrapMode: (0o666 & ~0o022).toString(8),
    uid: launch.user?.uid ?? 0,
    envoyEnv: { ...recorded.env, ...launch.environment.set },
    files: Object.fromEntries(watched),
  };
  return { seen: expand(seen, BACK), errors };
}

for (const profile of PROFILE_NAMES) {
  const cases = [...namedCases(profile), ...fieldCases(profile), ...generatedCases(profile)];
  describe(`recorded cases of ${profile}`, () => {
    test.each(cases.filter((each) => reasonToLeave(LEFT_ASIDE, each) === undefined).map((each) => [each.name, each] as const))(
      "%s",
      async (_, recorded) => {
        expect(differences(recorded, (await runCase(recorded)).seen)).toEqual([]);
      },
    );

    const waiting = cases.filter((each) => reasonToLeave([WAITING_FOR_GO_TEMPLATES], each) !== undefined);
    test.each(waiting.map((each) => [each.name, each] as const))(
      "%s is refused as long as Go templates are not evaluated",
      async (_, recorded) => {
        const { seen, errors } = await runCase(recorded);
        expect([seen.launched, seen.exit === 0, errors.join()]).toEqual([
          false,
          false,
          expect.stringContaining("Go template with actions"),
        ]);
      },
    );

    const others = cases.filter((each) => reasonToLeave(LEFT_ASIDE, each) !== undefined && !waiting.includes(each));
    if (others.length > 0)
      test("all others that are left aside differ from the recording", async () => {
        for (const each of others) expect(differences(each, (await runCase(each)).seen)).not.toEqual([]);
      });

    test("the copies match the recordings, if these are available", () => {
      if (!existsSync(SOURCE)) return;
      for (const name of releaseFiles(profile))
        expect(readFileSync(join(import.meta.dir, "releases", name)).equals(readFileSync(join(SOURCE, "releases", name)))).toBe(true);
      if (!existsSync(join(SOURCE, profile))) return;
      const vendored = new TextDecoder().decode(Bun.gunzipSync(readFileSync(join(import.meta.dir, `random-${profile}.jsonl.gz`))));
      expect(vendored === generatedLines(profile)).toBe(true);
      for (const kind of FIELD_KINDS)
        expect(
          readFileSync(join(import.meta.dir, `fields-${profile}.${kind}.jsonl.gz`)).equals(readFileSync(fieldsFile(profile, kind))),
        ).toBe(true);
      for (const { name } of namedCases(profile))
        expect(readFileSync(join(import.meta.dir, profile, `${name}.json`), "utf8")).toBe(
          readFileSync(join(SOURCE, profile, `${name}.json`), "utf8"),
        );
    });
  });
}

test.each([
  ['{"a": [1, 2,], }', { a: [1, 2] }],
  ['{"p": /dev/stdout\n}', { p: "/dev/stdout" }],
  ['"it\\\'s \\x3C"', "it's <"],
  ['"\\u00e9\\n"', "é\n"],
])("the lenient reader reads %s", (text, value) => {
  expect(parseLenient(text)).toEqual(value);
});

test.each(["{", '{"a" 1}', '"open', "[1] x", "[,]"])("the lenient reader refuses %s", (text) => {
  expect(() => parseLenient(text)).toThrow(SyntaxError);
});
