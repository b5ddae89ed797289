import type { SupervisionContext } from "../../commands/host.ts";
import { errorText } from "../../common/errors.ts";
import { STATUS } from "../../common/exit-status.ts";
import type { Notice } from "../../common/notice.ts";
import type { EndCause } from "../../envoy/end-cause.ts";
import { envoyCommand } from "../../launch/envoy-binary.ts";
import type { EpochPlan, Plan } from "../../launch/plan.ts";
import type { Exit } from "../../linux/exit.ts";
import { type Command, type Event, isPlanInUse, type State } from "../../supervisor/state.ts";
import { removeFiles, writeFiles } from "../files/write-files.ts";
import type { Baseline } from "../linux/memory-cgroup.ts";
import { raiseOomScore } from "../linux/raise-oom-score.ts";
import type { End } from "./post-mortem.ts";

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** The epochs of this agent: planned, started, explained when they end, and removed. */
export interface Epochs {
  readonly prepare: (command: CommandOf<"prepare">) => Promise<Event>;
  /** Starts Envoy, and writes its files first unless the epoch was prepared. Returns an event when it cannot be started. */
  readonly start: (command: CommandOf<"start">) => Event | undefined;
  /** Returns why an epoch ended, with a remedy; `wasNotLive`: it was not live shortly before. */
  readonly explain: (command: CommandOf<"explain">, wasNotLive: boolean) => Promise<Notice | undefined>;
  /** Removes the files of an epoch once the explanation of its end no longer needs them. */
  readonly cleanUp: (epoch: number) => Promise<void>;
  /** Forgets plans that no reachable state needs. */
  readonly seen: (state: State) => void;
  /** Whether the first epoch is the only one, so that an answer can only be its own. */
  readonly isFirstAlone: () => boolean;
  /** Removes the files of epochs that were prepared and never started. */
  readonly close: () => void;
}

/** What is known of the epochs. */
interface Known {
  readonly context: SupervisionContext;
  readonly baseline: Baseline;
  /** Plans of hot restarts, by id. */
  readonly plans: Map<number, Plan>;
  readonly running: Map<number, EpochPlan>;
  /** Epochs whose files are written and that do not run yet, by the id of their plan. */
  readonly prepared: Map<number, EpochPlan>;
  readonly explaining: Map<number, Promise<unknown>>;
}

/** Opens the epochs, with the first one running. */
export function openEpochs(context: SupervisionContext, baseline: Baseline): Epochs {
  const running = new Map([[0, context.epoch]]);
  const known: Known = { context, baseline, running, plans: new Map(), prepared: new Map(), explaining: new Map() };
  const { plans, prepared, explaining } = known;
  raiseScore(known, 0);
  return {
    prepare: (command) => prepare(known, command),
    start: (command) => start(known, command),
    explain: (command, wasNotLive) => explain(known, command, wasNotLive),
    async cleanUp(epoch) {
      const ended = running.get(epoch);
      running.delete(epoch);
      await explaining.get(epoch);
      explaining.delete(epoch);
      if (ended !== undefined) removeFilesOf(known, ended);
    },
    seen(state) {
      for (const id of [...plans.keys()]) if (!isPlanInUse(state, id)) plans.delete(id);
    },
    isFirstAlone: () => running.size === 1 && running.has(0),
    close() {
      for (const id of [...prepared.keys()]) discard(known, id);
    },
  };
}

/** Plans, writes and validates the next epoch. */
async function prepare(known: Known, { epoch: number, plan: id, force }: CommandOf<"prepare">): Promise<Event> {
  const { envoys, plan: first, replan, log } = known.context;
  const current = [...known.running.values()].at(-1);
  const pid = current === undefined ? undefined : envoys.pid(current.epoch);
  const write = (epoch: EpochPlan) => {
    known.prepared.set(id, epoch);
    writeFiles(epoch, (text) => log("warn", text));
  };
  const { prepareEpoch } = await import("./prepare-epoch.ts");
  const outcome = await prepareEpoch({ number, force, current, agent: first.agent, pid, replan, write });
  if (outcome.kind === "ready") {
    known.plans.set(id, outcome.plan);
    if (outcome.unchanged.length > 0) log("warn", `Changed, but unused until the agent restarts: ${outcome.unchanged.join(", ")}`);
  } else discard(known, id);
  return outcome.kind === "failed"
    ? { kind: "prepared", outcome: "failed", problem: outcome.problem }
    : { kind: "prepared", outcome: outcome.kind };
}

function start(known: Known, { epoch: number, plan: id }: CommandOf<"start">): Event | undefined {
  const { envoys, plan: first, log } = known.context;
  const written = known.prepared.get(id);
  const epoch = written?.epoch === number ? written : (known.plans.get(id) ?? first).epoch(number);
  known.prepared.delete(id);
  try {
    if (epoch !== written) writeFiles(epoch, (text) => log("warn", text));
  } catch (error) {
    return { kind: "not-started", epoch: number, problem: errorText(error), status: STATUS.refused };
  }
  log("info", envoyCommand(epoch));
  const failure = envoys.start(epoch);
  if (failure !== undefined) {
    removeFilesOf(known, epoch);
    return { kind: "not-started", epoch: number, ...failure };
  }
  known.running.set(number, epoch);
  raiseScore(known, number);
  return undefined;
}

async function explain(
  { context, baseline, running, explaining }: Known,
  { epoch, exit, wasLive: isKnownLive, isRequested }: CommandOf<"explain">,
  wasNotLive: boolean,
): Promise<Notice | undefined> {
  const ended = running.get(epoch);
  if (ended === undefined) return undefined;
  const wasLive = isKnownLive || (wasNotLive ? false : undefined);
  const siblings = [...running.keys()].flatMap((each) => context.envoys.pid(each) ?? []);
  const { portSettings } = context.plan.agent.supervision;
  const explained = explainExit(ended, exit, { wasLive, isRequested, baseline, siblings, portSettings });
  explaining.set(epoch, explained);
  const { text, hint, level = "error" } = await explained;
  return { level, text: hint === undefined ? text : `${text}; ${hint}` };
}

/** Explains the exit of an epoch; loaded only then, as most agents see only one. */
async function explainExit(epoch: EpochPlan, exit: Exit, end: Omit<End, "runsOldContract">): Promise<EndCause> {
  const [{ explainEnd }, { hasOldOptions }] = await Promise.all([import("./post-mortem.ts"), import("../../envoy/adapt.ts")]);
  return explainEnd(epoch, exit, { ...end, runsOldContract: hasOldOptions(epoch.options) });
}

function raiseScore({ context, baseline }: Known, epoch: number): void {
  raiseOomScore(context.envoys.pid(epoch), baseline.memory?.limit);
}

/** Forgets a prepared epoch. */
function discard(known: Known, id: number): void {
  const epoch = known.prepared.get(id);
  known.prepared.delete(id);
  if (epoch !== undefined) removeFilesOf(known, epoch);
}

/** Removes the files of an epoch that no other epoch uses. */
function removeFilesOf({ running, prepared }: Known, epoch: EpochPlan): void {
  const kept = new Set([...running.values(), ...prepared.values()].flatMap(({ temporary }) => temporary));
  removeFiles(epoch.temporary.filter((path) => !kept.has(path)));
}
