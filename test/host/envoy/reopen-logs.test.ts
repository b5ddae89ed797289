import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { openLogReopener } from "../../../src/host/envoy/reopen-logs.ts";

const children: Bun.Subprocess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A program that handles and reports SIGUSR1 from its second line of input on; before, the signal would kill it. */
function program() {
  const child = Bun.spawn(["sh", "-c", 'echo "started"; read line; trap : USR1; echo "handles it"; read line'], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  return {
    child,
    next: async () => decoder.decode((await reader.read()).value).trim(),
    goOn() {
      child.stdin.write("\n");
      child.stdin.flush();
    },
  };
}

/** SIGUSR1 is 10: the tenth bit of a mask. */
function handles(pid: number): boolean {
  const [, mask = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${mask}`) & 0x200n) !== 0n;
}

test("SIGUSR1 is delayed until Envoy handles it, and sent once however often it was requested", async () => {
  const { child, next, goOn } = program();
  expect(await next()).toBe("started");
  const sent: string[] = [];
  const reopen = openLogReopener(
    (epoch) => void sent.push(`${epoch} ${handles(child.pid) ? "handled" : "deadly"}`),
    () => child.pid,
    (text) => void sent.push(text),
  );
  const asked = [reopen(3), reopen(3)];
  goOn();
  expect(await next()).toBe("handles it");
  await Promise.all(asked);
  expect(sent).toEqual(["3 handled"]);
  await reopen(3);
  expect(sent).toEqual(["3 handled", "3 handled"]);
});

test("nothing is sent without an Envoy, or if it has exited meanwhile", async () => {
  const { child, next } = program();
  expect(await next()).toBe("started");
  const sent: number[] = [];
  let pid: number | undefined;
  const reopen = openLogReopener(
    (epoch) => void sent.push(epoch),
    () => pid,
    () => {},
  );
  await reopen(0);
  pid = child.pid;
  const waiting = reopen(0);
  pid = undefined;
  await waiting;
  expect(sent).toEqual([]);
});
