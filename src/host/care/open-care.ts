import type { Care, CareContext } from "../../commands/host.ts";
import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { bad } from "../../go/parsed.ts";
import type { ServicesPlan } from "../../launch/plan.ts";
import type { Command, Event } from "../../supervisor/state.ts";
import { openAccount } from "./account.ts";
import { openAdmin } from "./admin-client.ts";
import { askToDrain, countConnections } from "./ask-to-drain.ts";
import { openLiveness } from "./await-live.ts";
import { awaitReady } from "./await-ready.ts";
import { comeToRest } from "./come-to-rest.ts";
import { takeDuties } from "./duties.ts";
import { openEpochs } from "./epochs.ts";
import { listensOn } from "./listens-on.ts";
import { takeBaseline } from "./memory-events.ts";
import { openStatus } from "./open-status.ts";
import { openLogReopener } from "./reopen-logs.ts";
import { rememberTerminal } from "./terminal.ts";
import { openTimers } from "./timers.ts";
import { watchForChanges } from "./watch-for-changes.ts";

/** Time for the question why Envoy ended, at the end of the agent. */
const SETTLE_LIMIT = 6_000;

/** Begins what the supervisor commands; every end comes back as an event. Loaded when Envoy runs. */
export async function openCare(context: CareContext): Promise<Care> {
  const { envoys, log } = context;
  const { push } = envoys;
  const { agent } = context.plan;
  const { supervision } = agent;
  const admin = openAdmin(agent.admin);
  const epochs = openEpochs(context, takeBaseline());
  const account = openAccount();
  const timers = openTimers((timer) => push({ kind: "timer", timer }));
  const duties = takeDuties(envoys, context.environment, log);
  const terminal = rememberTerminal();
  const { awaitLive, wasNotLive } = openLiveness(admin, envoys, (pid) => listensOn(pid, agent.admin.port));
  let isOver = false;
  const reopenLogs = openLogReopener(
    (epoch) => envoys.signal(epoch, "SIGUSR1"),
    envoys.pid,
    (text) => log("warn", text),
  );
  const drainAsked: (() => void)[] = [];
  // Envoy runs: what fails from here on must not leave it without a drain.
  // What fails while a stop is under way fails because of it.
  const statusLog: Log = (level, text) => (isOver ? undefined : log(level, text));
  const opening = openStatus(agent, push, statusLog, account.metrics, {
    drain: () =>
      new Promise((told) => {
        drainAsked.push(told);
        push({ kind: "drain" });
      }),
    // Only a first epoch is known to be the one that answered.
    ready: () => epochs.isFirstAlone() && push({ kind: "live", epoch: 0 }),
  });
  const status = await opening.catch((error: unknown) => {
    duties.giveUp(error);
    return { stop: () => {}, isReady: async () => false };
  });
  const stopWatching = await watchForChanges(supervision.watch, push, log).catch((error: unknown) => {
    duties.giveUp(error);
    return () => {};
  });
  const stopLooking = await lookIntoFiles(agent.services, log).catch((error: unknown) => {
    duties.giveUp(error);
    return () => {};
  });
  const rest = comeToRest();
  const pending = new Set<Promise<void>>();
  let isBusy = false;
  let cause: { readonly text: string; readonly isFailure: boolean } | undefined;

  const begin = (work: Promise<void>) => {
    const tracked = work.finally(() => pending.delete(tracked));
    pending.add(tracked);
  };
  const close = () => {
    isOver = true;
    stopWatching();
    stopLooking();
    status.stop();
  };
  const drained = (event: Event) => {
    push(event);
    for (const told of drainAsked.splice(0)) told();
  };
  // Nobody waits for the end of these questions, as they may rest for a minute.
  const untilLive = async (epoch: number, isUrgent = true) => {
    const isLive = await awaitLive(epoch, () => isOver, isUrgent);
    const envoy = envoys.pid(epoch);
    if (isLive) await awaitReady(status.isReady, () => !isOver && envoys.pid(epoch) === envoy && epochs.isFirstAlone());
  };
  const performers: { readonly [Kind in Command["kind"]]: (command: Extract<Command, { kind: Kind }>) => void } = {
    say: ({ level, text }) => log(level, text),
    arm: ({ timer, milliseconds }) => timers.arm(timer, milliseconds),
    disarm: ({ timer }) => timers.disarm(timer),
    signal: ({ epoch, signal }) => (signal === "SIGUSR1" ? begin(reopenLogs(epoch)) : envoys.signal(epoch, signal)),
    drain: ({ path }) => begin(askToDrain(admin, path).then(drained)),
    count: () => begin(countConnections(admin, supervision.drain).then(push)),
    prepare: (command) => begin(epochs.prepare(command).then(push)),
    start: (command) => {
      const problem = epochs.start(command);
      if (problem !== undefined) push(problem);
    },
    "await-live": ({ epoch }) => void untilLive(epoch),
    forget: ({ epoch }) => begin(epochs.forget(epoch)),
    close,
    "look-for-terminal": () =>
      begin(
        terminal
          .isGone(supervision.hotRestart)
          .then((isGone) => push(isGone ? { kind: "terminate", signal: "SIGHUP" } : { kind: "renew", trigger: "SIGHUP" })),
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
          // A program that is no Envoy may end with 0, which is then the agent's status too.
          cause = { text, isFailure: level === "error" && command.exit.code === 0 };
          log(level, text);
        }),
      ),
    notify: ({ state }) => duties.notify(state),
  };

  void untilLive(0, duties.isAwaited || supervision.restart !== "never");
  return {
    // The table pairs every kind with its own command.
    start: (command) => (performers[command.kind] as (command: Command) => void)(command),
    bug: (error) => log("error", bugText(error)),
    seen(state) {
      account.seen(state);
      epochs.seen(state);
      const wasBusy = isBusy;
      isBusy = state.stage.kind !== "running";
      if (wasBusy && !isBusy) rest.begin();
    },
    async settle(status) {
      close();
      duties.close();
      rest.close();
      timers.close();
      await Promise.race([Promise.allSettled(pending), Bun.sleep(SETTLE_LIMIT)]);
      epochs.close();
      if (cause !== undefined && (status !== 0 || cause.isFailure)) await leaveMessage(supervision.terminationMessagePath, cause.text, log);
      if (supervision.baseId !== 0) (await import("./shared-memory.ts")).removeSharedMemory(supervision.baseId);
    },
  };
}

/** Looks into the files that Envoy takes its resources from, where there are any. */
async function lookIntoFiles({ xdsDirectory }: ServicesPlan, log: Log): Promise<() => void> {
  return xdsDirectory === undefined ? () => {} : (await import("./look-into-xds.ts")).lookIntoXds(xdsDirectory, log);
}

async function leaveMessage(path: string, cause: string, log: Log): Promise<void> {
  const { writeTerminationMessage } = await import("./termination-message.ts");
  const problem = writeTerminationMessage(path, cause);
  if (problem !== undefined) log("warn", problem);
}

async function repair({ log, plan, epoch: { binary } }: CareContext): Promise<void> {
  const [{ repairSharedMemory }, { hotRestartVersion }] = await Promise.all([import("./shared-memory.ts"), import("../envoy-version.ts")]);
  const version = await hotRestartVersion(binary);
  const repaired = version.ok
    ? repairSharedMemory(plan.agent.supervision.baseId, version.value)
    : bad(`Cannot repair the shared memory: the hot-restart version of Envoy "${binary}" is not known: ${version.error}`);
  if (!repaired.ok) log("warn", `${repaired.error}; no further epoch can start beside this one`);
}
