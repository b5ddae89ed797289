import type { SupervisionContext } from "../../commands/host.ts";
import type { ServiceGroup } from "../../commands/service.ts";
import { bad } from "../../go/parsed.ts";
import type { Command, Event } from "../../supervisor/state.ts";
import { type AdminClient, countConnections, drainListeners } from "../envoy/admin-client.ts";
import { openLogReopener } from "../envoy/reopen-logs.ts";
import { openControllingTerminal } from "../linux/controlling-terminal.ts";
import type { Epochs } from "./epochs.ts";
import { openTimers } from "./timers.ts";

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
  /** Why Envoy exited, once explained; `isFailure`: although it exited with 0, as a program other than Envoy may. */
  readonly cause: () => { readonly text: string; readonly isFailure: boolean } | undefined;
}

/** A performer for each command. */
type Table = { readonly [Kind in Command["kind"]]: (command: Extract<Command, { kind: Kind }>) => void };

/** Opens the performers of the supervisor's commands. */
export function openPerformers({ context, admin, epochs, services, untilLive, wasNotLive }: PerformerContext): Performers {
  const { envoys, log } = context;
  const { push } = envoys;
  const { supervision } = context.plan.agent;
  const timers = openTimers((timer) => push({ kind: "timer", timer }));
  const terminal = openControllingTerminal();
  const reopenLogs = openLogReopener(
    (epoch) => envoys.signal(epoch, "SIGUSR1"),
    envoys.pid,
    (text) => log("warn", text),
  );
  const pending = new Set<Promise<void>>();
  const pendingDrains: (() => void)[] = [];
  let cause: ReturnType<Performers["cause"]>;
  const begin = (work: Promise<void>) => {
    const tracked = work.finally(() => pending.delete(tracked));
    pending.add(tracked);
  };
  const drained = (event: Event) => {
    push(event);
    for (const resolve of pendingDrains.splice(0)) resolve();
  };
  const performers: Table = {
    log: ({ level, text }) => log(level, text),
    arm: ({ timer, milliseconds }) => timers.arm(timer, milliseconds),
    disarm: ({ timer }) => timers.disarm(timer),
    signal: ({ epoch, signal }) => (signal === "SIGUSR1" ? begin(reopenLogs(epoch)) : envoys.signal(epoch, signal)),
    drain: ({ path }) => begin(drainListeners(admin, path).then(drained)),
    count: () => begin(countConnections(admin, supervision.drain).then(push)),
    prepare: (command) => begin(epochs.prepare(command).then(push)),
    start: (command) => {
      const problem = epochs.start(command);
      if (problem !== undefined) push(problem);
    },
    "await-live": ({ epoch }) => void untilLive(epoch),
    "clean-up": ({ epoch }) => begin(epochs.cleanUp(epoch)),
    close: () => services.stop(),
    "check-terminal": () =>
      begin(
        terminal
          .isGone(supervision.hotRestart)
          .then((isGone) => push(isGone ? { kind: "terminate", signal: "SIGHUP" } : { kind: "request-epoch", trigger: "SIGHUP" })),
      ),
    suspend: () => {
      envoys.suspend();
      push({ kind: "resume" });
    },
    repair: () => begin(repair(context)),
    explain: (command) =>
      begin(
        epochs.explain(command, wasNotLive(command.epoch)).then((explained) => {
          if (explained === undefined) return;
          const { level, text } = explained;
          cause = { text, isFailure: level === "error" && command.exit.code === 0 };
          log(level, text);
        }),
      ),
    notify: ({ state }) => services.notify(state),
  };
  return {
    // The table maps every kind to the performer of its own command.
    start: (command) => (performers[command.kind] as (command: Command) => void)(command),
    drain: () =>
      new Promise((resolve) => {
        pendingDrains.push(resolve);
        push({ kind: "drain" });
      }),
    end() {
      timers.close();
      return Promise.allSettled(pending);
    },
    cause: () => cause,
  };
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
