import { describe, expect, test } from "bun:test";
import { BINARY, SUBJECTS } from "../support/subject.ts";
import { envoyIs, eventually, newPlace, OFFLINE } from "./support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s: diff of the bootstrap on disk", (_, subject) => {
  test.each([
    // The socket of the running agent answers, but only in its own network namespace its owner can be seen.
    ["istio-1.30", "etc/istio/proxy/envoy-rev.json", []],
    ["istio-1.6", "etc/istio/proxy/envoy-rev0.json", OFFLINE],
  ])("%s: with what would be rendered now, while the agent runs", async (profile, file, wrap) => {
    using place = newPlace();
    place.write("var/run/secrets/tokens/istio-token", "token");
    const env = { ...envoyIs("exits-on-term"), ATTACHE_PROFILE: profile, EXIT_CODE: "0" };
    const running = place.start(subject, ["proxy"], { env, wrap });
    await running.said("ready\n");
    expect(await place.run(subject, ["diff", file], { env, wrap })).toEqual({ status: 0, stdout: "", stderr: expect.any(String) });

    const changed = await place.run(subject, ["diff", file], { env: { ...env, ISTIO_META_X: "1" }, wrap });
    expect([changed.status, changed.stdout]).toEqual([1, expect.stringContaining('node.metadata.X\n  + "1"')]);
    expect(changed.stdout).toStartWith(`--- ${file}\n+++ this machine, profile ${profile}\n`);
  });

  test("the file alone is enough with its name", async () => {
    using place = newPlace();
    const { stdout } = await place.run(subject, ["render"], { wrap: OFFLINE });
    place.write("etc/istio/proxy/envoy-rev.json", stdout);
    expect((await place.run(subject, ["diff", "etc/istio/proxy/envoy-rev.json"], { wrap: OFFLINE })).status).toBe(0);
  });

  test.each([
    ["a file that does not exist", ["none.json"], 'Cannot read "none.json": no such file or directory'],
    ["three files", ["a", "b", "c"], "Cannot compare 3 files and processes; name at most two"],
    ["nothing", [], "Cannot compare one plan"],
    ["an output of no kind", ["a", "b", "-o", "xml"], "xml"],
    ["a flag with a wrong value", ["a", "b", "--concurrency", "many"], 'invalid argument "many" for "--concurrency" flag'],
  ])("%s is an error, not a difference", async (_, words, problem) => {
    using place = newPlace();
    const { status, stdout, stderr } = await place.run(subject, ["diff", ...words], { wrap: OFFLINE });
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining(problem)]);
  });
});

describe("colors of diff", () => {
  const files = { "a.json": '{"static_resources": {"a": 1}}', "b.json": '{"static_resources": {"a": 2}}' };
  const RED = "\x1b[31m";

  /** Returns what `diff` writes to a terminal, with all its bytes. */
  async function atTerminal(env: Readonly<Record<string, string>>): Promise<string> {
    using place = newPlace();
    for (const [name, text] of Object.entries(files)) place.write(name, text);
    let shown = "";
    const child = Bun.spawn([...BINARY.command, "diff", "a.json", "b.json"], {
      cwd: place.directory,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      terminal: {
        cols: 100,
        rows: 20,
        data(_, bytes) {
          shown += new TextDecoder().decode(bytes);
        },
      },
    });
    expect(await child.exited).toBe(1);
    await eventually(() => shown.includes("+ 2"), "the difference is shown");
    return shown;
  }

  test("at a terminal", async () => {
    expect(await atTerminal({ TERM: "xterm" })).toContain(`${RED}  - 1`);
  });

  test.each([
    ["NO_COLOR", { TERM: "xterm", NO_COLOR: "1" }],
    ["a terminal without them", { TERM: "dumb" }],
  ])("none with %s", async (_, env) => {
    expect(await atTerminal(env)).not.toContain("\x1b[");
  });

  test("none in a pipe", async () => {
    using place = newPlace();
    for (const [name, text] of Object.entries(files)) place.write(name, text);
    expect((await place.run(BINARY, ["diff", "a.json", "b.json"], { env: { TERM: "xterm" } })).stdout).not.toContain("\x1b[");
  });
});
