import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { setParentDeathSignal } from "../../../src/host/envoy/parent-death.ts";

function start(command: readonly string[]) {
  const child = Bun.spawn([...command], { stdio: ["ignore", "ignore", "inherit", "socket-fd"] });
  return { child, tie: setParentDeathSignal(child.pid, child.stdio[3] ?? -1) };
}

test("a parent-death signal needs one descriptor, which is closed on release", async () => {
  const count = () => readdirSync("/proc/self/fd").length;
  const round = async () => {
    const { child, tie } = start(["sleep", "60"]);
    expect(tie.problem).toBeUndefined();
    child.kill("SIGKILL");
    await child.exited;
    tie.release();
  };
  await round(); // what is opened once is open now
  const before = count();
  for (let time = 0; time < 20; time++) await round();
  expect(count()).toBe(before);
});

test("closing the descriptor kills the process, like the end of this one", async () => {
  const { child, tie } = start(["sleep", "60"]);
  tie.release();
  await child.exited;
  expect(child.signalCode).toBe("SIGKILL");
});

test("returns why the signal cannot be set", async () => {
  const child = Bun.spawn(["true"], { stdio: ["ignore", "ignore", "inherit", "socket-fd"] });
  await child.exited;
  expect(setParentDeathSignal(child.pid, child.stdio[3] ?? -1).problem).toMatch(/^(ESRCH|EPIPE)$/);
});
