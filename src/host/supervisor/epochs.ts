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

/** Opens the epochs, with the first one running. */
export function openEpochs({ envoys, plan: first, epoch: firstEpoch, replan, log }: SupervisionContext, baseline: Baseline): Epochs {
  const warn = (text: string) => log("warn", text);
  /** Plans of hot restarts. */
  const plans = new Map<number, Plan>();
  const running = new Map<number, EpochPlan>([[0, firstEpoch]]);
  const explaining = new Map<number, Promise<unknown>>();
  /** Epochs whose files are written and that do not run yet, by plan id. */
  const prepared = new Map<number, EpochPlan>();
  const removeFilesOf = (epoch: EpochPlan) => {
    const kept = new Set([...running.values(), ...prepared.values()].flatMap(({ temporary }) => temporary));
    removeFiles(epoch.temporary.filter((path) => !kept.has(path)));
  };
  const discard = (id: number) => {
    const epoch = prepared.get(id);
    prepared.delete(id);
    if (epoch !== undefined) removeFilesOf(epoch);
  };
  const raiseScore = (epoch: number) => raiseOomScore(envoys.pid(epoch), baseline.memory?.limit);
  raiseScore(0);
  return {
    async prepare({ epoch: number, plan: id, force }) {
      const current = [...running.values()].at(-1);
      const pid = current === undefined ? undefined : envoys.pid(current.epoch);
      const write = (epoch: EpochPlan) => {
        prepared.set(id, epoch);
        writeFiles(epoch, warn);
      };
      const { prepareEpoch } = await import("./prepare-epoch.ts");
      const outcome = await prepareEpoch({ number, force, current, agent: first.agent, pid, replan, write });
      if (outcome.kind === "ready") {
        plans.set(id, outcome.plan);
        if (outcome.unchanged.length > 0) log("warn", `Changed, but unused until the agent restarts: ${outcome.unchanged.join(", ")}`);
      } else discard(id);
      return outcome.kind === "failed"
        ? { kind: "prepared", outcome: "failed", problem: outcome.problem }
        : { kind: "prepared", outcome: outcome.kind };
    },
    start({ epoch: number, plan: id }) {
      const written = prepared.get(id);
      const epoch = written?.epoch === number ? written : (plans.get(id) ?? first).epoch(number);
      prepared.delete(id);
      try {
        if (epoch !== written) writeFiles(epoch, warn);
      } catch (error) {
        return { kind: "not-started", epoch: number, problem: errorText(error), status: STATUS.refused };
      }
      log("info", envoyCommand(epoch));
      const failure = envoys.start(epoch);
      if (failure !== undefined) {
        removeFilesOf(epoch);
        return { kind: "not-started", epoch: number, ...failure };
      }
      running.set(number, epoch);
      raiseScore(number);
      return undefined;
    },
    async explain({ epoch, exit, wasLive: isKnownLive, isRequested }, wasNotLive) {
      const ended = running.get(epoch);
      if (ended === undefined) return undefined;
      const wasLive = isKnownLive || (wasNotLive ? false : undefined);
      const siblings = [...running.keys()].flatMap((each) => envoys.pid(each) ?? []);
      const explained = explain(ended, exit, {
        wasLive,
        isRequested,
        baseline,
        siblings,
        portSettings: first.agent.supervision.portSettings,
      });
      explaining.set(epoch, explained);
      const { text, hint, level = "error" } = await explained;
      return { level, text: hint === undefined ? text : `${text}; ${hint}` };
    },
    async cleanUp(epoch) {
      const ended = running.get(epoch);
      running.delete(epoch);
      await explaining.get(epoch);
      explaining.delete(epoch);
      if (ended !== undefined) removeFilesOf(ended);
    },
    seen(state) {
      for (const id of [...plans.keys()]) if (!isPlanInUse(state, id)) plans.delete(id);
    },
    isFirstAlone: () => running.size === 1 && running.has(0),
    close() {
      for (const id of [...prepared.keys()]) discard(id);
    },
  };
}

/** Explains the end of an epoch; loaded only then, as most agents see only one. */
async function explain(epoch: EpochPlan, exit: Exit, end: Omit<End, "runsOldContract">): Promise<EndCause> {
  const [{ explainEnd }, { hasOldOptions }] = await Promise.all([import("./post-mortem.ts"), import("../../envoy/adapt.ts")]);
  return explainEnd(epoch, exit, { ...end, runsOldContract: hasOldOptions(epoch.options) });
}
