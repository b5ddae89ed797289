import { argumentOf, type Option, optionsOf, wordsOf } from "./options.ts";

/** What a hot restart adds to a planned command line. */
export interface Handover {
  readonly epoch: number;
  /** Absent: none is passed, which Envoy takes for 0. The same for every epoch of an agent. */
  readonly baseId?: number;
  /** Seconds that the longest request planned for may take: the old epoch lives at least so long, whatever the contract plans. */
  readonly longestRequest: number;
}

const OFF = "--disable-hot-restart";
const EPOCH = "--restart-epoch";
const BASE_ID = "--base-id";
const PARENT = "--parent-shutdown-time-s";
const DRAIN = "--drain-time-s";
const STRATEGY = "--drain-strategy";

/**
 * The command line of an epoch that can be handed over to and from (envoy-notes §6): as planned, with hot restart on and
 * its epoch, base-id and time of the old epoch's end set, in place where they are planned already. The drain stays as planned.
 */
export function handoverArgs(args: readonly string[], { epoch, baseId, longestRequest }: Handover): readonly string[] {
  const planned = optionsOf(args).filter(([name]) => name !== OFF);
  const set: readonly Option[] = [
    [EPOCH, String(epoch)],
    ...(baseId === undefined ? [] : [[BASE_ID, String(baseId)] as const]),
    [PARENT, String(parentShutdown(args, longestRequest))],
  ];
  const isSet = ([name]: Option) => set.some(([each]) => each === name);
  const kept = planned.map((option) => (isSet(option) ? (set.find(([name]) => name === option[0]) ?? option) : option));
  return wordsOf([...kept, ...set.filter(([name]) => !planned.some(([each]) => each === name))]);
}

/** Milliseconds that a command line gives the old epoch from the moment the new one is live. */
export function parentShutdownOf(args: readonly string[]): number {
  return Number(argumentOf(args, PARENT) ?? 0) * 1000;
}

/** At least the longest request; and longer than a gradual drain, which tells the last connection at its end. */
function parentShutdown(args: readonly string[], longestRequest: number): number {
  const drain = argumentOf(args, STRATEGY) === "immediate" ? 0 : Number(argumentOf(args, DRAIN) ?? 0) + 1;
  return Math.max(1, Math.ceil(longestRequest), drain);
}
