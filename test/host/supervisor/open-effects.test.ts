import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "../../../src/supervisor/state.ts";

/** Performs commands in a separate process, because the effects change its state. Returns what it prints. */
async function performed(...commands: readonly Command[]): Promise<readonly string[]> {
  return (await printed("performs.ts", JSON.stringify(commands))).trim().split("\n");
}

/** Returns the output of a program that exits with 0. */
async function printed(program: string, ...args: readonly string[]): Promise<string> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../fixtures", program), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return text;
}

test.each<[string, readonly Command[], readonly string[]]>([
  [
    "a drain sends a request to Envoy, and its response is an event",
    [{ kind: "drain", path: "/drain_listeners" }],
    ["admin POST /drain_listeners", 'heard {"kind":"drained"}'],
  ],
  ["connections are counted", [{ kind: "count" }], ["admin GET /stats", 'heard {"kind":"counted","connections":3}']],
  ["the end of a pause is an event", [{ kind: "suspend" }], ["suspended", 'heard {"kind":"resume"}']],
  ["signals are sent at once", [{ kind: "signal", epoch: 2, signal: "SIGTERM" }], ["signal 2 SIGTERM"]],
  ["lines are logged", [{ kind: "log", level: "warn", text: "careful" }], ["warn careful"]],
  ["a timer fires", [{ kind: "arm", timer: "hold", milliseconds: 1 }], ['heard {"kind":"timer","timer":"hold"}']],
])("%s", async (_, commands, expected) => {
  const lines = await performed(...commands);
  expect(lines.filter((line) => !line.startsWith("info"))).toEqual([...expected]);
});

test.each<[string, number, Partial<Extract<Command, { kind: "explain" }>>, said: string, left: string | undefined]>([
  ["another program that exited with 0, like the agent", 0, { exit: { code: 0, signal: null } }, "error Program", "is not Envoy"],
  ["nothing for an Envoy that exited with 0", 0, { exit: { code: 0, signal: null }, wasLive: true }, "info Envoy exited", undefined],
  ["a failure, although the agent exits with 0", 0, { exit: { code: 1, signal: null }, wasLive: true }, "error Envoy exited", undefined],
  [
    "a failure with which the agent exits",
    1,
    { exit: { code: 1, signal: null }, wasLive: true },
    "error Envoy exited",
    "Envoy exited with status 1",
  ],
])("the termination message: %s", async (_, status, end, said, expected) => {
  const directory = mkdtempSync(join(tmpdir(), "attache-effects-"));
  const path = join(directory, "message");
  try {
    const explain = { kind: "explain", epoch: 0, wasLive: false, isRequested: false, ...end };
    expect(await printed("performs.ts", JSON.stringify([explain]), path, String(status))).toContain(said);
    expect(existsSync(path)).toBe(expected !== undefined);
    if (expected !== undefined) expect(readFileSync(path, "utf8")).toContain(expected);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.each(["a stop", "another process", "another epoch"])("the first epoch is not checked for readiness after: %s", async (end) => {
  expect(await printed("is-never-ready.ts", end)).toBe("asked\n");
});

test("the first epoch is not polled when a probe has found it to be ready before", async () => {
  expect(await printed("is-known-live.ts")).toBe("known\n");
});

test("an epoch that something waits for is checked although another process listens", async () => {
  expect(await printed("is-never-ready.ts", "await-live")).toBe("asked\n");
});
