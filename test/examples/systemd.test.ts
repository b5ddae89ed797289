import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOf } from "../../src/inputs/environment.ts";
import { commandOf } from "../support/command-of.ts";
import { ROOT } from "../support/subject.ts";

const unit = readFileSync(join(ROOT, "examples/systemd/attache.service"), "utf8");
const valuesOf = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);

test("its command line is understood, and its grace period is systemd's", () => {
  const [program, ...args] = valuesOf("ExecStart")[0]?.split(" ") ?? [];
  const pairs = valuesOf("Environment").flatMap((line) => (line.startsWith('"') ? [line.slice(1, -1)] : line.split(" ")));
  const environment = pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const);
  const { command, invocation } = commandOf(args, environmentOf([["ATTACHE_STRICT", "true"], ...environment]));
  const { hotRestart, gracePeriod } = invocation.switches;
  expect([program, command.name, hotRestart, gracePeriod]).toEqual([
    "/usr/local/bin/attache",
    "proxy",
    true,
    Number(valuesOf("TimeoutStopSec")[0]) * 1_000,
  ]);
});

test("systemd hears of its states, reloads by SIGHUP and stops the agent alone", () => {
  expect(["Type", "NotifyAccess", "WatchdogSec", "ExecReload", "KillMode"].map((key) => valuesOf(key))).toEqual([
    ["notify"],
    ["main"],
    ["30"],
    ["/bin/kill -HUP $MAINPID"],
    ["mixed"],
  ]);
});
