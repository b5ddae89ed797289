import type { Care, CareContext, LaunchOf } from "../commands/host.ts";
import { activeConnections } from "../envoy/admin-texts.ts";
import type { Launch } from "../launch/launch.ts";
import { isKept } from "../supervisor/kept-launches.ts";
import type { Command } from "../supervisor/state.ts";
import { openAccount } from "./account.ts";
import { openAdmin } from "./admin-client.ts";
import { awaitLive } from "./await-live.ts";
import { takeDuties } from "./duties.ts";
import { openStatus } from "./open-status.ts";
import { explainEnd, takeBaseline } from "./post-mortem.ts";
import { prepareEpoch } from "./prepare-epoch.ts";
import { writeTerminationMessage } from "./termination-message.ts";
import { openTimers } from "./timers.ts";
import { watchForChanges } from "./watch-for-changes.ts";
import { removeFiles, writeFiles } from "./write-files.ts";

const COUNT_LIMIT = 2_000;
const DRAIN_LIMIT = 5_000;

/** Begins what the supervisor commands; every end comes back as an event (design §5). Loaded when Envoy runs. */
export async function openCare(context: CareContext): Promise<Care> {
  const { envoys, log } = context;
  const plans = new Map<number, LaunchOf>([[0, context.first]]);
  const first = context.first(0);
  const running = new Map<number, Launch>([[0, first]]);
  const timers = openTimers((timer) => envoys.push({ kind: "timer", timer }));
  const over = new AbortController();
  const admin = openAdmin(first);
  const rules = first.supervision.drain;
  const duties = takeDuties(envoys, context.environment, log);
  const drainAsked: (() => void)[] = [];
  const account = openAccount();
  const status = await openStatus(first, envoys.push, log, account.metrics, {
    drain: () =>
      new Promise((told) => {
        drainAsked.push(told);
        envoys.push({ kind: "drain" });
      }),
    // Only a first epoch is known to be the one that answered.
    ready: () => running.size === 1 && running.has(0) && envoys.push({ kind: "live", epoch: 0 }),
  });
  const stopWatching = await watchForChanges(first.supervision.watch, envoys.push, log);
  const baseline = takeBaseline();
  const explaining = new Map<number, Promise<void>>();
  const pending = new Set<Promise<void>>();
  const begin = (work: Promise<void>) => {
    const tracked = work.finally(() => pending.delete(tracked));
    pending.add(tracked);
  };

  const performers: { readonly [Kind in Command["kind"]]: (command: Extract<Command, { kind: Kind }>) => void } = {
    say: ({ level, text }) => log(level, text),
    arm: ({ timer, milliseconds }) => timers.arm(timer, milliseconds),
    disarm: ({ timer }) => timers.disarm(timer),
    signal: ({ epoch, signal }) => envoys.signal(epoch, signal),
    drain: ({ path }) => begin(drain(path)),
    count: () => begin(count()),
    prepare: (command) => begin(prepare(command)),
    launch: ({ epoch, launch: id }) => launch(epoch, id),
    "await-live": ({ epoch }) => begin(awaitLive(admin, epoch, () => runs(epoch), envoys.push)),
    forget: ({ epoch }) => begin(forget(epoch)),
    close: () => {
      over.abort();
      stopWatching();
      status.stop();
    },
    repair: () => begin(repair()),
    explain: (command) => begin(explain(command)),
    notify: ({ state }) => duties.notify(state),
  };
  const runs = (epoch: number) => envoys.pid(epoch) !== undefined && !over.signal.aborted;

  async function drain(path: string): Promise<void> {
    const answer = await admin("POST", path, DRAIN_LIMIT);
    envoys.push(answer.kind === "answer" ? { kind: "drained" } : { kind: "drained", problem: answer.reason });
    for (const told of drainAsked.splice(0)) told();
  }

  async function count(): Promise<void> {
    const answer = await admin("GET", rules.countPath, COUNT_LIMIT);
    const connections = answer.kind !== "answer" ? answer.kind : (activeConnections(answer.text, rules.ownPorts) ?? "none");
    envoys.push({ kind: "counted", connections });
  }

  async function prepare({ epoch, launch: id, force }: Extract<Command, { kind: "prepare" }>): Promise<void> {
    const current = [...running.values()].at(-1);
    const outcome = await prepareEpoch({
      epoch,
      force,
      current,
      pid: current === undefined ? undefined : envoys.pid(current.epoch),
      replan: context.replan,
    });
    if (outcome.kind === "ready") plans.set(id, outcome.launchOf);
    envoys.push(
      outcome.kind === "failed"
        ? { kind: "prepared", outcome: "failed", problem: outcome.problem }
        : { kind: "prepared", outcome: outcome.kind },
    );
  }

  async function repair(): Promise<void> {
    const [{ repairSharedMemory }, { hotRestartVersion }] = await Promise.all([import("./shared-memory.ts"), import("./envoy-version.ts")]);
    const version = await hotRestartVersion(first.binary);
    const repaired = version.ok ? repairSharedMemory(first.supervision.baseId, version.value) : version;
    if (!repaired.ok) log("warn", `${repaired.error}; no further epoch can start beside this one`);
  }

  function launch(epoch: number, id: number): void {
    const planned = (plans.get(id) ?? context.first)(epoch);
    try {
      writeFiles(planned);
    } catch (error) {
      envoys.push({ kind: "unlaunched", epoch, problem: error instanceof Error ? error.message : String(error), status: 255 });
      return;
    }
    log("info", `Envoy command: [${planned.args.join(" ")}]`);
    const failure = envoys.launch(planned);
    if (failure === undefined) running.set(epoch, planned);
    else envoys.push({ kind: "unlaunched", epoch, ...failure });
  }

  async function explain({ epoch, exit, wasLive, asked }: Extract<Command, { kind: "explain" }>): Promise<void> {
    const gone = running.get(epoch);
    if (gone === undefined) return;
    const siblings = [...running.keys()].flatMap((each) => envoys.pid(each) ?? []);
    const explained = explainEnd(gone, exit, { wasLive, asked, baseline, siblings, runsOldContract: isOldContract(gone) });
    explaining.set(
      epoch,
      explained.then(() => {}),
    );
    const { text, hint } = await explained;
    const whole = hint === undefined ? text : `${text}; ${hint}`;
    log("error", whole);
    const problem = writeTerminationMessage(first.supervision.terminationMessagePath, whole);
    if (problem !== undefined) log("warn", problem);
  }

  async function forget(epoch: number): Promise<void> {
    const gone = running.get(epoch);
    running.delete(epoch);
    // The question why it ended needs the files.
    await explaining.get(epoch);
    explaining.delete(epoch);
    const kept = new Set([...running.values()].flatMap(({ temporary }) => temporary));
    if (gone !== undefined) removeFiles(gone.temporary.filter((path) => !kept.has(path)));
  }

  if (duties.isAwaited || first.supervision.restart !== "never") begin(awaitLive(admin, 0, () => runs(0), envoys.push));
  return {
    // The table pairs every kind with its own command.
    start: (command) => (performers[command.kind] as (command: Command) => void)(command),
    seen: (state) => {
      account.seen(state);
      for (const id of [...plans.keys()]) if (!isKept(state, id)) plans.delete(id);
    },
    settle: async () => {
      over.abort();
      duties.close();
      stopWatching();
      status.stop();
      timers.close();
      await Promise.race([Promise.allSettled(pending), Bun.sleep(SETTLE_LIMIT)]);
      const { baseId } = first.supervision;
      if (baseId !== 0) (await import("./shared-memory.ts")).removeSharedMemory(baseId);
    },
  };
}

const SETTLE_LIMIT = 6_000;

/** A command line that only an Envoy of its day takes, and that --adapt-envoy would have changed. */
function isOldContract({ args }: Launch): boolean {
  return args.includes("--max-obj-name-len");
}
