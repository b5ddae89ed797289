import type { SupervisionContext } from "../../commands/host.ts";
import type { ServiceGroup } from "../../commands/service.ts";
import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import { bad } from "../../go/parsed.ts";
import type { Command, Event, Timer } from "../../supervisor/state.ts";
import { type AdminClient, countConnections, drainListeners } from "../envoy/admin-client.ts";
import { openLogReopener } from "../envoy/reopen-logs.ts";
import { openControllingTerminal } from "../linux/controlling-terminal.ts";
import type { Epochs } from "./epochs.ts";

/** What the performers of commands work with. */
export interface PerformerContext {
  readonly context: SupervisionContext;
  readonly admin: AdminClient;
  readonly epochs: Epochs;
  readonly services: ServiceGroup;
  readonly untilLive: (epoch: number) => Promise<void>;
  readonly wasNotLive: (epoch: number) => boolean;
}

/** The performers of the supervisor's commands. */
export interface Performers {
  /** Starts performing a command without waiting for it. Every completion comes back as an event. */
  readonly start: (command: Command) => void;
  /** Makes Envoy drain without a stop; resolves when it has answered. */
  readonly drain: () => Promise<void>;
  /** Cancels all timers. Resolves when everything started has ended, except waits for a live Envoy, which may take a minute. */
  readonly end: () => Promise<unknown>;
  readonly cause: () => Cause | undefined;
}

/** Why Envoy exited, once explained; `isFailure`: although it exited with 0, as a program other than Envoy may. */
export interface Cause {
  readonly text: string;
  readonly isFailure: boolean;
}

/** A performer for each command. */
type Table = { readonly [Kind in Command["kind"]]: (command: Extract<Command, { kind: Kind }>) => void };

/** What has been started. */
interface Work extends PerformerContext {
  readonly timers: Timers;
  /** What has not ended. */
  readonly pending: Set<Promise<void>>;
  /** Called when Envoy has answered a request to drain. */
  readonly drainWaiters: (() => void)[];
  cause: Cause | undefined;
}

/** Opens the performers of the supervisor's commands. */
export function openPerformers(given: PerformerContext): Performers {
  const { push } = given.context.envoys;
  const timers = openTimers((timer) => push({ kind: "timer", timer }));
  const work: Work = { ...given, timers, pending: new Set(), drainWaiters: [], cause: undefined };
  const table = performersOf(work);
  return {
    // The table maps every kind to the performer of its own command.
    start: (command) => (table[command.kind] as (command: Command) => void)(command),
    drain: () =>
      new Promise((resolve) => {
        work.drainWaiters.push(resolve);
        push({ kind: "drain" });
      }),
    end() {
      timers.close();
      return Promise.allSettled(work.pending);
    },
    cause: () => work.cause,
  };
}

function performersOf(work: Work): Table {
  const { context, admin, epochs, services, untilLive, timers } = work;
  const { envoys, log } = context;
  const { push, signal } = envoys;
  const { supervision } = context.plan.agent;
  const terminal = openControllingTerminal();
  const reopenLogs = openLogReopener(
    (epoch) => signal(epoch, "SIGUSR1"),
    envoys.pid,
    (text) => log("warn", text),
  );
  const begin = (started: Promise<void>) => {
    const tracked = started.finally(() => work.pending.delete(tracked));
    work.pending.add(tracked);
  };
  return {
    log: ({ level, text }) => log(level, text),
    arm: ({ timer, milliseconds }) => timers.arm(timer, milliseconds),
    disarm: ({ timer }) => timers.disarm(timer),
    signal: ({ epoch, signal: name }) => (name === "SIGUSR1" ? begin(reopenLogs(epoch)) : signal(epoch, name)),
    drain: ({ path }) => begin(drain(work, path)),
    count: () => begin(countConnections(admin, supervision.drain).then(push)),
    prepare: (command) => begin(epochs.prepare(command).then(push)),
    start: (command) => {
      const problem = epochs.start(command);
      if (problem !== undefined) push(problem);
    },
    "await-live": ({ epoch }) => void untilLive(epoch),
    "clean-up": ({ epoch }) => begin(epochs.cleanUp(epoch)),
    close: () => services.stop(),
    "check-terminal": () => begin(terminal.isGone(supervision.hotRestart).then((isGone) => push(isGone ? HANG_UP : RELOAD))),
    suspend: () => {
      envoys.suspend();
      push({ kind: "resume" });
    },
    repair: () => begin(repair(context)),
    explain: (command) => begin(explain(work, command)),
    notify: ({ state }) => services.notify(state),
  };
}

const HANG_UP: Event = { kind: "terminate", signal: "SIGHUP" };
const RELOAD: Event = { kind: "request-epoch", trigger: "SIGHUP" };

async function drain({ admin, context, drainWaiters }: Work, path: string): Promise<void> {
  context.envoys.push(await drainListeners(admin, path));
  for (const resolve of drainWaiters.splice(0)) resolve();
}

async function explain(work: Work, command: Extract<Command, { kind: "explain" }>): Promise<void> {
  const explained = await work.epochs.explain(command, work.wasNotLive(command.epoch));
  if (explained === undefined) return;
  const { level, text } = explained;
  work.cause = { text, isFailure: level === "error" && command.exit.code === 0 };
  work.context.log(level, text);
}

async function repair({ log, plan, epoch: { binary } }: SupervisionContext): Promise<void> {
  const [{ repairSharedMemory }, { hotRestartVersion }] = await Promise.all([
    import("../envoy/shared-memory.ts"),
    import("../envoy/envoy-version.ts"),
  ]);
  const version = await hotRestartVersion(binary);
  const repaired = version.ok
    ? repairSharedMemory(plan.agent.supervision.baseId, version.value)
    : bad(`Cannot repair the shared memory: the hot-restart version of Envoy "${binary}" is unknown: ${version.error}`);
  if (!repaired.ok) log("warn", `${repaired.error}; no further epoch can start while this one runs`);
}

interface Timers {
  readonly arm: (timer: Timer, milliseconds: number) => void;
  readonly disarm: (timer: Timer) => void;
  /** Cancels all. */
  readonly close: () => void;
}

/** Opens timers by name; arming one again replaces it. Durations longer than the runtime can count are cut to 24 days. */
export function openTimers(fired: (timer: Timer) => void): Timers {
  const armed = new Map<Timer, NodeJS.Timeout>();
  const disarm = (timer: Timer) => clearTimeout(armed.get(timer));
  return {
    disarm,
    arm(timer, milliseconds) {
      disarm(timer);
      armed.set(
        timer,
        setTimeout(() => fired(timer), Math.min(milliseconds, LONGEST_TIMER)),
      );
    },
    close() {
      for (const timer of armed.keys()) disarm(timer);
    },
  };
}
