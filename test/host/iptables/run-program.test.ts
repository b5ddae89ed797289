import { expect, test } from "bun:test";
import { runProgram } from "../../../src/host/iptables/run-program.ts";

const sh = (script: string, more: Partial<Parameters<typeof runProgram>[0]> = {}) =>
  runProgram({ program: "sh", args: ["-c", script], timeLimit: 20_000, ...more });

test("output, input, variables and status", async () => {
  expect(await sh("cat; echo err >&2; echo $ADDED", { input: "in\n", environment: { ADDED: "x" } })).toEqual({
    stdout: "in\nx\n",
    stderr: "err\n",
    status: 0,
  });
  expect(await sh("exit 3")).toEqual({ stdout: "", stderr: "", status: 3, reason: "exit status 3" });
});

test("a program that a signal ends has no status", async () => {
  expect(await sh("kill -9 $$")).toEqual({ stdout: "", stderr: "", reason: "signal: killed" });
  expect(await sh("kill -USR1 $$")).toMatchObject({ reason: "signal: signal 10" });
});

test("a program that is not there, or not executable", async () => {
  expect(await runProgram({ program: "no-such-program", args: [], timeLimit: 1_000 })).toMatchObject({
    reason: 'exec: "no-such-program": executable file not found in $PATH',
  });
  expect(await runProgram({ program: "/etc/passwd", args: [], timeLimit: 1_000 })).toMatchObject({
    reason: "fork/exec /etc/passwd: permission denied",
  });
});

test("a program that does not end is killed with what it has started", async () => {
  const end = await sh("echo started; sleep 1000 & sleep 1000", { timeLimit: 50 });
  expect(end).toMatchObject({ reason: "killed, as it did not end within 0.05 s" });
  expect(end.status).toBeUndefined();
});

test("a program that does not read its input", async () => {
  expect(await sh("exec <&-; exit 0", { input: "x".repeat(1_000_000) })).toMatchObject({ status: 0 });
});
