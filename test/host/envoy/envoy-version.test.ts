import { afterAll, afterEach, beforeEach, expect, jest, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envoyVersion, hotRestartVersion } from "../../../src/host/envoy/envoy-version.ts";
import { answerQuestions } from "../../../src/host/inputs/answer-questions.ts";
import { readInputs } from "../../../src/host/inputs/read-inputs.ts";
import { isOwn } from "../../../src/host/linux/own-children.ts";
import { startReaper } from "../../../src/host/linux/reaper.ts";
import { environmentOf } from "../../../src/inputs/environment.ts";
import { ENVOY } from "../../envoy/support.ts";
import { untilTurn } from "../../support/eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-version-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
// Time passes only where a test says so.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function script(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("a real Envoy reports its release and its hot-restart version", async () => {
  expect(await envoyVersion(ENVOY)).toEqual({
    ok: true,
    value: expect.objectContaining({ major: 1, text: expect.stringMatching(/^1\.\d+\.\d+/) }),
  });
  expect(await hotRestartVersion(ENVOY)).toEqual({ ok: true, value: expect.stringMatching(/^\d+\.\d+$/) });
});

test.each([
  ["missing", join(directory, "missing"), "no such file or directory"],
  ["silent", script("silent", "exit 0"), "it printed nothing"],
  ["failing", script("failing", "exit 3"), "exited with status 3"],
  ["killed", script("killed", "kill -9 $$"), "exited with SIGKILL"],
  ["other", script("other", "echo something else"), 'it printed "something else"'],
])("a program that is %s reports none", async (_, binary, reason) => {
  expect(await envoyVersion(binary)).toEqual({ ok: false, error: expect.stringContaining(reason) });
  if (reason !== 'it printed "something else"')
    expect(await hotRestartVersion(binary)).toEqual({ ok: false, error: expect.stringContaining(reason) });
});

test("a start waits longer for the version, as a machine that stalls delays any program", async () => {
  const [asked, go] = [join(directory, "asked"), join(directory, "go")];
  const late = script("late", `touch ${asked}; until [ -e ${go} ]; do :; done; echo "envoy  version: 0/1.40.0/Clean/RELEASE/BoringSSL"`);
  const question = { kind: "envoy-version", binary: late, orInstalled: false } as const;
  const answers = answerQuestions([question], readInputs(environmentOf([]), ""));
  await untilTurn(() => existsSync(asked));
  jest.advanceTimersByTime(29_000);
  writeFileSync(go, "");
  expect((await answers).envoyVersion(question)).toMatchObject({ ok: true, value: { text: "1.40.0" } });
});

test("a program that hangs is killed and not awaited, nor are its children", async () => {
  const pids = join(directory, "pids");
  const version = envoyVersion(script("hanging", `sleep 300 & echo "$$ $!" > ${pids}; wait`));
  await untilTurn(() => existsSync(pids) && readFileSync(pids, "utf8").endsWith("\n"));
  jest.advanceTimersByTime(3_000);
  expect(await version).toEqual({ ok: false, error: "--version took more than 3 s" });
  const [pid = 0, child = 0] = readFileSync(pids, "utf8").split(" ").map(Number);
  process.kill(child, "SIGKILL");
  await untilTurn(() => !isRunning(pid));
}, 180_000);

test("the reaper leaves its process to the runtime", async () => {
  const taken: number[] = [];
  const stop = startReaper({ isOwn, onOrphan: (pid) => taken.push(pid) });
  const brief = script("brief", "echo 'version: 0/1.40.0/Clean/RELEASE/BoringSSL'");
  try {
    for (let count = 0; count < 200; count++) expect(await hotRestartVersion(brief)).toEqual({ ok: true, value: expect.any(String) });
  } finally {
    stop();
  }
  expect(taken).toEqual([]);
}, 180_000);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
