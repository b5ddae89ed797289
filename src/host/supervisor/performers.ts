import type { Envoys, SupervisionContext } from "../../commands/host.ts";
import type { ServiceGroup } from "../../commands/service.ts";
import { bad } from "../../go/parsed.ts";
import type { Command, Event } from "../../supervisor/state.ts";
import type { AdminClient } from "../envoy/admin-client.ts";
import { countConnections, drainListeners } from "../envoy/drain-listeners.ts";
import type { Terminal } from "../linux/controlling-terminal.ts";
import type { Epochs } from "./epochs.ts";
import type { openTimers } from "./timers.ts";

/** What the performers of commands work with. */
export interface PerformerContext {
  readonly context: SupervisionContext;
  readonly admin: AdminClient;
  readonly epochs: Epochs;
  readonly services: ServiceGroup;
  readonly terminal: Terminal;
  readonly timers: ReturnType<typeof openTimers>;
  /** Tracks asynchronous work, which the agent awaits when it ends. */
  readonly begin: (work: Promise<void>) => void;
  readonly reopenLogs: (epoch: number) => Promise<void>;
  readonly untilLive: (epoch: number) => Promise<void>;
  readonly wasNotLive: (epoch: number) => boolean;
  /** Called with the answer to a drain request. */
  readonly drained: (event: Event) => void;
  /** Called when the cause of an exit is known. */
  readonly explained: (text: string, isFailure: boolean) => void;
  /** Called when a stop begins. */
  readonly close: () => void;
}

/** A performer for each command; none is awaited. */
export type Performers = { readonly [Kind in Command["kind"]]: (command: Extract<Command, { kind: Kind }>) => void };

/** Returns the performers of the commands of the supervisor. Every completion comes back as an event. */
export function performersOf(means: PerformerContext): Performers {
  const { context, admin, epochs, services, terminal, timers, begin } = means;
  const { envoys, log } = context;
  const { push }: Envoys = envoys;
  const { supervision } = context.plan.agent;
  return {
    log: ({ level, text }) => log(level, text),
    arm: ({ timer, milliseconds }) => timers.arm(timer, milliseconds),
    disarm: ({ timer }) => timers.disarm(timer),
    signal: ({ epoch, signal }) => (signal === "SIGUSR1" ? begin(means.reopenLogs(epoch)) : envoys.signal(epoch, signal)),
    drain: ({ path }) => begin(drainListeners(admin, path).then(means.drained)),
    count: () => begin(countConnections(admin, supervision.drain).then(push)),
    prepare: (command) => begin(epochs.prepare(command).then(push)),
    start: (command) => {
      const problem = epochs.start(command);
      if (problem !== undefined) push(problem);
    },
    // Not tracked, as it may take a minute.
    "await-live": ({ epoch }) => void means.untilLive(epoch),
    "clean-up": ({ epoch }) => begin(epochs.forget(epoch)),
    close: means.close,
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
        epochs.explain(command, means.wasNotLive(command.epoch)).then((explained) => {
          if (explained === undefined) return;
          const { level, text } = explained;
          // A program other than Envoy may exit with 0, which is then the exit status of the agent too.
          means.explained(text, level === "error" && command.exit.code === 0);
          log(level, text);
        }),
      ),
    notify: ({ state }) => services.notify(state),
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
