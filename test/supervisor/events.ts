import type { Event } from "../../src/supervisor/state.ts";
import { TIMERS } from "./shapes.ts";
import { exited, INTERRUPT, live, READY, renew, TERMINATE, timer } from "./support.ts";

/** Every event that may occur while epochs 0 and 1 exist, by a short name. */
export const EVENTS: Readonly<Record<string, Event>> = {
  terminate: TERMINATE,
  interrupt: INTERRUPT,
  "terminal is gone": { kind: "terminate", signal: "SIGHUP" },
  quit: { kind: "quit" },
  drain: { kind: "drain" },
  "request epoch": renew(),
  "hang-up": { kind: "hang-up", isReload: false },
  reopen: { kind: "reopen" },
  suspend: { kind: "suspend" },
  resume: { kind: "resume" },
  "unused signal": { kind: "unused-signal", signal: "SIGUSR2" },
  "parent death unset": { kind: "parent-death-unset", epoch: 0, problem: "EPERM" },
  ready: READY,
  unchanged: { kind: "prepared", outcome: "unchanged" },
  failed: { kind: "prepared", outcome: "failed", problem: "bad" },
  "not-started 0": { kind: "not-started", epoch: 0, problem: "cannot", status: 127 },
  "not-started 1": { kind: "not-started", epoch: 1, problem: "cannot", status: 127 },
  "live 0": live(0),
  "live 1": live(1),
  drained: { kind: "drained" },
  "no connections": { kind: "counted", connections: 0 },
  "3 connections": { kind: "counted", connections: 3 },
  "count failed": { kind: "counted", connections: "failed" },
  "count unknown": { kind: "counted", connections: "unknown" },
  "0 exits": exited(0, 0),
  "1 exits": exited(1, 0),
  "0 crashes": exited(0, null, "SIGSEGV"),
  "1 crashes": exited(1, null, "SIGSEGV"),
  fail: { kind: "fail", status: 70, why: "a bug" },
  ...Object.fromEntries(TIMERS.map((name) => [`timer ${name}`, timer(name)])),
};
