import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace, OFFLINE } from "./support.ts";

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
