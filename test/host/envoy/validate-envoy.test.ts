import { afterAll, afterEach, beforeEach, expect, jest, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { validateEnvoy } from "../../../src/host/envoy/validate-envoy.ts";
import type { EpochPlan } from "../../../src/launch/plan.ts";
import { BLANK_EPOCH } from "../../support/blank-plan.ts";
import { optionsOf } from "../../support/envoy-options.ts";
import { untilTurn } from "../../support/eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-validate-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
// Time passes only where a test says so.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A launch whose Envoy is a shell script. */
function launchOf(name: string, script: string, environment: EpochPlan["environment"] = { set: {}, unset: [] }): EpochPlan {
  const binary = join(directory, name);
  writeFileSync(binary, `#!/bin/sh\n${script}\n`);
  chmodSync(binary, 0o755);
  return { ...BLANK_EPOCH, binary, options: optionsOf("-c", "file with blanks", "--restart-epoch", "3"), environment };
}

test("the same Envoy validates with the same arguments and environment", async () => {
  const environment = { set: { ADDED: "a" }, unset: ["HOME"] };
  const script = 'printf "%s\\n" "$@"; echo "$ADDED ${HOME-none} ${PATH:+path}" >&2; exit 1';
  expect(await validateEnvoy(launchOf("asked", script, environment))).toEqual({
    ok: false,
    output: "--mode\nvalidate\n-c\nfile with blanks\n--restart-epoch\n3\n\na none path\n",
  });
});

test("exit status 0 means valid", async () => {
  expect(await validateEnvoy(launchOf("yes", "exit 0"))).toEqual({ ok: true, output: "\n" });
});

test("a long output is read to its end and kept in part", async () => {
  const answer = await validateEnvoy(launchOf("flood", "head -c 3000000 /dev/zero | tr '\\0' x; echo reason >&2; exit 1"));
  expect(answer).toEqual({ ok: false, output: `${"x".repeat(1_048_576)}\nreason\n` });
});

test.each([
  ["dies of a signal", "kill -9 $$", "it was ended by SIGKILL"],
  ["has no interpreter", undefined, 'it cannot be started: its interpreter "/no/such/shell" does not exist'],
])("an Envoy that %s gives no result", async (name, script, why) => {
  const launch = launchOf(name.replaceAll(" ", "-"), script ?? "");
  if (script === undefined) writeFileSync(launch.binary, "#!/no/such/shell\n");
  expect(await validateEnvoy(launch)).toEqual({ why });
});

test("an Envoy whose arguments set another mode is not run", async () => {
  const launch = { ...launchOf("other-mode", ""), options: optionsOf("--mode", "init_only") };
  expect(await validateEnvoy(launch)).toEqual({ why: "its arguments set another mode" });
});

test.each(["takes too long", "is no longer needed"])("an Envoy that %s is killed with its children", async (name) => {
  const pids = join(directory, `${name}.pids`);
  const launch = launchOf(name.replaceAll(" ", "-"), `trap '' TERM; sleep 600 & echo $$ $! > '${pids}'; wait`);
  const stop = new AbortController();
  const answer = validateEnvoy(launch, stop.signal, 1_000);
  await untilTurn(() => existsSync(pids) && readFileSync(pids, "utf8").endsWith("\n"));
  if (name === "takes too long") jest.advanceTimersByTime(1_000);
  else stop.abort();
  expect(await answer).toEqual({ why: name === "takes too long" ? "it took longer than 1 s" : "it is no longer needed" });
  for (const pid of readFileSync(pids, "utf8").trim().split(" ")) await untilTurn(() => hasEnded(pid));
});

test("nothing is validated after a stop", async () => {
  const launch = launchOf("unasked", `echo > '${join(directory, "was-asked")}'`);
  expect(await validateEnvoy(launch, AbortSignal.abort())).toEqual({ why: "it is no longer needed" });
  expect(existsSync(join(directory, "was-asked"))).toBe(false);
});

/** Returns whether a process has exited, or is a zombie of another process. */
function hasEnded(pid: string): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}
