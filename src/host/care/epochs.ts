import type { CareContext, LaunchOf } from "../../commands/host.ts";
import { errorText } from "../../common/errors.ts";
import { STATUS } from "../../common/exit-status.ts";
import type { Notice } from "../../common/notice.ts";
import type { EndCause } from "../../envoy/end-cause.ts";
import { envoyCommand } from "../../launch/envoy-binary.ts";
import type { Launch } from "../../launch/launch.ts";
import type { Exit } from "../../linux/exit.ts";
import { isKept } from "../../supervisor/kept-plans.ts";
import type { Command, Event, State } from "../../supervisor/state.ts";
import { removeFiles, writeFiles } from "../write-files.ts";
import type { Baseline } from "./memory-events.ts";
import { offerToOomKiller } from "./offer-to-oom-killer.ts";
import type { End } from "./post-mortem.ts";

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** The launches behind the epochs: planned, started, explained, forgotten. */
export interface Epochs {
  readonly prepare: (command: CommandOf<"prepare">) => Promise<Event>;
  /** Writes the files and starts Envoy. Returns what kept it from starting. */
  readonly start: (command: CommandOf<"start">) => Event | undefined;
  /** Why an epoch ended, with what can be done about it; `wasNotLive`: it was seen not to be live just before. */
  readonly explain: (command: CommandOf<"explain">, wasNotLive: boolean) => Promise<Notice | undefined>;
  /** Removes an epoch's files, when the question why it ended no longer needs them. */
  readonly forget: (epoch: number) => Promise<void>;
  /** Forgets plans that no state leads back to. */
  readonly seen: (state: State) => void;
  /** Whether only the first epoch has ever to be told from others. */
  readonly isFirstAlone: () => boolean;
  /** Removes the files of what was prepared and never started. */
  readonly close: () => void;
}

/** Begins with the first epoch running. */
export function openEpochs({ envoys, launch: firstLaunch, first, replan, log }: CareContext, baseline: Baseline): Epochs {
  const warn = (text: string) => log("warn", text);
  const plans = new Map<number, LaunchOf>([[0, first]]);
  const running = new Map<number, Launch>([[0, firstLaunch]]);
  const explaining = new Map<number, Promise<unknown>>();
  const prepared = new Map<number, Launch>();
  const removeFilesOf = (gone: Launch) => {
    const kept = new Set([...running.values()].flatMap(({ temporary }) => temporary));
    removeFiles(gone.temporary.filter((path) => !kept.has(path)));
  };
  const offer = (epoch: number) => offerToOomKiller(envoys.pid(epoch), baseline.memory?.limit);
  offer(0);
  return {
    async prepare({ epoch, plan: id, force }) {
      const current = [...running.values()].at(-1);
      const pid = current === undefined ? undefined : envoys.pid(current.epoch);
      const { prepareEpoch } = await import("./prepare-epoch.ts");
      const outcome = await prepareEpoch({ epoch, force, current, first: firstLaunch, pid, replan, warn });
      if (outcome.kind === "ready") {
        plans.set(id, outcome.launchOf);
        prepared.set(id, outcome.launchOf(epoch));
        if (outcome.fixed.length > 0) log("warn", `Changed, but the same until the agent starts anew: ${outcome.fixed.join(", ")}`);
      }
      return outcome.kind === "failed"
        ? { kind: "prepared", outcome: "failed", problem: outcome.problem }
        : { kind: "prepared", outcome: outcome.kind };
    },
    start({ epoch, plan: id }) {
      const planned = (plans.get(id) ?? first)(epoch);
      prepared.delete(id);
      try {
        writeFiles(planned, warn);
      } catch (error) {
        return { kind: "not-started", epoch, problem: errorText(error), status: STATUS.refused };
      }
      log("info", envoyCommand(planned));
      const failure = envoys.launch(planned);
      if (failure !== undefined) {
        removeFilesOf(planned);
        return { kind: "not-started", epoch, ...failure };
      }
      running.set(epoch, planned);
      offer(epoch);
      return undefined;
    },
    async explain({ epoch, exit, wasLive: isKnownLive, asked }, wasNotLive) {
      const gone = running.get(epoch);
      if (gone === undefined) return undefined;
      const wasLive = isKnownLive || (wasNotLive ? false : undefined);
      const siblings = [...running.keys()].flatMap((each) => envoys.pid(each) ?? []);
      const explained = causeOf(gone, exit, { wasLive, asked, baseline, siblings });
      explaining.set(epoch, explained);
      const { text, hint, level = "error" } = await explained;
      return { level, text: hint === undefined ? text : `${text}; ${hint}` };
    },
    async forget(epoch) {
      const gone = running.get(epoch);
      running.delete(epoch);
      await explaining.get(epoch);
      explaining.delete(epoch);
      if (gone !== undefined) removeFilesOf(gone);
    },
    seen(state) {
      for (const id of [...plans.keys()]) if (!isKept(state, id)) plans.delete(id);
    },
    isFirstAlone: () => running.size === 1 && running.has(0),
    close() {
      for (const launch of prepared.values()) removeFilesOf(launch);
    },
  };
}

/** Loaded at an end, as most agents see only one. */
async function causeOf(launch: Launch, exit: Exit, end: Omit<End, "runsOldContract">): Promise<EndCause> {
  const [{ explainEnd }, { hasOldOptions }] = await Promise.all([import("./post-mortem.ts"), import("../../envoy/adapt.ts")]);
  return explainEnd(launch, exit, { ...end, runsOldContract: hasOldOptions(launch) });
}
