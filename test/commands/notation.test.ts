import { describe, expect, test } from "bun:test";
import { notated } from "../../src/commands/notation.ts";
import { run } from "../../src/commands/run.ts";
import { parseYaml } from "../../src/go/go-yaml.ts";
import { jsonText } from "../../src/go/json-text.ts";
import { type Case, expand, generatedCases, namedCases, PROFILE_NAMES } from "../conformance/cases.ts";
import { fakeHost, PLACES } from "../conformance/fake-host.ts";
import { answerOf } from "../explain/support.ts";

/** Renders a recorded case; undefined if it is no start, or a refused one. */
async function rendered(recorded: Case, flags: readonly string[]): Promise<string | undefined> {
  const [command, ...others] = expand(recorded.args, PLACES);
  if (command !== "proxy") return undefined;
  let printed = "";
  const { host } = fakeHost(expand(recorded, PLACES));
  const print = (text: string | Uint8Array) => {
    printed += String(text);
  };
  const exit = await run(["--profile", recorded.profile, "render", ...flags, ...others], "attache", { ...host, print });
  return exit === 0 ? printed : undefined;
}

describe.each(PROFILE_NAMES)("recorded cases of %s", (profile) => {
  const cases = [...namedCases(profile), ...generatedCases(profile).slice(0, 25)];

  test("as YAML and as JSON, the bootstrap reads back the same", async () => {
    let count = 0;
    for (const recorded of cases) {
      const plain = await rendered(recorded, []);
      if (plain === undefined || !/^\s*\{/.test(plain)) continue;
      const [yaml = "", json = ""] = [await rendered(recorded, ["-o", "yaml"]), await rendered(recorded, ["-o", "json"])];
      const parsed = parseYaml(yaml);
      expect([recorded.name, parsed.ok ? jsonText(parsed.value) : parsed.error]).toEqual([recorded.name, jsonText(JSON.parse(plain))]);
      expect([recorded.name, JSON.parse(json)]).toEqual([recorded.name, JSON.parse(plain)]);
      count++;
    }
    expect(count).toBeGreaterThan(10);
  });
});

const CONFIG = JSON.stringify({ tracing: { lightstep: { address: "a:1", accessToken: "hunter2-token" } } });

describe("render", () => {
  const machine = { env: { PROXY_CONFIG: CONFIG, ISTIO_META_PASSWORD: "hunter2" } };
  const render = (...words: readonly string[]) => answerOf(["render", "sidecar", ...words], machine);

  test("without a notation it is what proxy uses, secrets and all", async () => {
    const { text } = await render();
    expect(text).toContain("hunter2");
    expect((await render("-o", "json")).text).toBe(text);
  });

  test.each([
    ["a member", "admin", /^\{\n {2}"access_log/],
    ["a path", "node.cluster", /^"istio-proxy"\n$/],
    ["an item by name", "static_resources.clusters[prometheus_stats].name", /^"prometheus_stats"\n$/],
  ])("--section: %s", async (_, section, shown) => {
    expect((await render("--section", section)).text).toMatch(shown);
  });

  test("--section in YAML, and of the launch", async () => {
    expect((await render("--section", "admin.address", "-o", "yaml")).text).toMatch(/^socket_address:\n {2}address: "127\.0\.0\.1"\n/);
    expect((await render("--format", "launch", "--section", "epoch.binary")).text).toBe('"/usr/local/bin/envoy"\n');
    expect((await render("--format", "launch", "-o", "yaml", "--section", "agent.node")).text).toMatch(/^id: sidecar~10\.244\.0\.16~/);
  });

  test("--mask-secrets", async () => {
    for (const words of [
      [],
      ["-o", "yaml"],
      ["-o", "json"],
      ["--format", "launch"],
      ["--section", "node.metadata"],
      ["--section", "node.metadata.PASSWORD"],
    ]) {
      const { text, exit } = await render("--mask-secrets", ...words);
      expect([words, exit, text.includes("hunter2"), text.includes("***")]).toEqual([words, 0, false, true]);
    }
    const [plain, masked] = [await render(), await render("--mask-secrets")];
    expect(masked.text.split("\n").length).toBe(plain.text.split("\n").length);
  });

  test("argv as JSON", async () => {
    const [lines, json] = [await render("--format", "argv"), await render("--format", "argv", "-o", "json")];
    expect(`${JSON.parse(json.text).join("\n")}\n`).toBe(lines.text);
    expect((await render("--format", "argv", "--mask-secrets")).text).toBe(lines.text);
  });

  test.each([
    [["--format", "argv", "-o", "yaml"], "Cannot print argv as YAML; use --output json, or one argument per line without it"],
    [["--format", "argv", "--section", "node"], "Cannot use --section together with --format argv"],
    [["-o", "xml"], "--output must be json or yaml"],
    [["--section", "nod"], 'There is no value at "nod"; did you mean node?'],
    [["--section", "stats"], 'There is no value at "stats"; did you mean stats_'],
    [["--section", "static_resources.clusters[*].name"], "--section must select one value: "],
  ])("refused: %j", async (words, problem) => {
    const { text, exit, errors } = await render(...words);
    expect([text, exit, errors]).toEqual(["", 255, expect.stringContaining(problem)]);
  });
});

test("large integers keep their digits", () => {
  const text = '{"a": 18446744073709551615, "password": "x", "b": [12345678901234567890]}';
  const json = { isArgv: false, masks: true, output: "json" } as const;
  expect(notated(text, json)).toBe('{\n  "a": 18446744073709551615,\n  "password": "***",\n  "b": [\n    12345678901234567890\n  ]\n}\n');
  expect(notated(text, { ...json, output: "yaml", section: "a" })).toBe("18446744073709551615\n");
});
