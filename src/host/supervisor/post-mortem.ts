import { accessSync, constants } from "node:fs";
import { availableParallelism } from "node:os";
import { boundAddresses } from "../../envoy/bootstrap-ports.ts";
import { type EndCause, endCause } from "../../envoy/end-cause.ts";
import type { EndFacts, PortInUse } from "../../envoy/end-facts.ts";
import { domainSocketOf, openFilesNeeded } from "../../envoy/option-facts.ts";
import { hasOption } from "../../envoy/options.ts";
import { isEnvoyOutput } from "../../envoy/refusal.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import type { Exit } from "../../linux/exit.ts";
import { conflictsWith } from "../../linux/socket-tables.ts";
import type { Supervision } from "../../supervisor/supervision.ts";
import { readConfigurations } from "../envoy/configurations.ts";
import { type Validation, validateEnvoy } from "../envoy/validate-envoy.ts";
import { reasonOf, tryReadText } from "../files/read-file.ts";
import { listeners } from "../linux/listeners.ts";
import { type Baseline, readMemoryCgroup } from "../linux/memory-cgroup.ts";
import { domainSocketHolder, socketHolder } from "../linux/port-holder.ts";

/** What the supervisor knows of an exit, and the baseline it read after the start. */
export interface End {
  /** Whether this Envoy was ever LIVE; undefined when it was not polled shortly before the exit. */
  readonly wasLive: boolean | undefined;
  /** Whether the agent had requested it to stop. */
  readonly isRequested: boolean;
  readonly baseline: Baseline;
  /** Which setting each port of Envoy's own listeners comes from, if any. */
  readonly portSettings: Supervision["portSettings"];
  /** Whether command line and bootstrap follow an old contract and were not adapted to this Envoy. */
  readonly runsOldContract: boolean;
  /** Other running epochs of this agent: resources that they hold are handed over and are not conflicts. */
  readonly siblings?: readonly number[];
  /** Ends the investigation; the facts known by then decide. */
  readonly signal?: AbortSignal;
}

/**
 * Returns why an Envoy exited. One that exited with 1 before it was LIVE is validated again, within 5 s, so the files of the epoch must
 * still exist. If it accepts its configuration, ports, domain sockets and limits are checked.
 */
export async function explainEnd(epoch: EpochPlan, exit: Exit, end: End): Promise<EndCause> {
  const { wasLive, isRequested, baseline, runsOldContract } = end;
  const { ownConfiguration } = epoch;
  const known: EndFacts = {
    exit,
    wasLive,
    isRequested,
    runsOldContract,
    userConfiguration: ownConfiguration,
    ...memoryFacts(baseline, epoch.epoch),
  };
  if (wasLive || isRequested) return endCause(known);
  if (exit.signal === "SIGABRT") return endCause({ ...known, ...sharedMemoryFacts(epoch), ...openFilesFacts(epoch) });
  if (exit.code === null) return endCause(known);
  const answer = exit.code === 1 ? await validateEnvoy(epoch, end.signal) : undefined;
  const validation = answer === undefined || "why" in answer ? undefined : answer;
  const judged = { ...known, ...(validation === undefined ? {} : { validation }), ...(await programFacts(epoch, validation)) };
  if (validation?.ok !== true) return endCause(judged);
  const siblings = end.siblings ?? [];
  return endCause({
    ...judged,
    ...portFacts(epoch, end.portSettings, siblings),
    ...baseIdFacts(epoch, siblings),
    ...openFilesFacts(epoch),
  });
}

/**
 * Examines the program unless its output shows that it is Envoy. It is run for its version only if it was validated: other programs are
 * not run a second time.
 */
async function programFacts(epoch: EpochPlan, validation: Validation | undefined): Promise<Pick<EndFacts, "program">> {
  if (validation !== undefined && isEnvoyOutput(validation.output)) return {};
  const { identifyProgram } = await import("../envoy/identify-program.ts");
  const found = await identifyProgram(epoch, validation !== undefined);
  return found === undefined ? {} : { program: found };
}

function memoryFacts({ memory: before, lateFor }: Baseline, epoch: number): Pick<EndFacts, "memory"> {
  const after = readMemoryCgroup();
  if (before?.oomKills === undefined || after?.oomKills === undefined) return {};
  const { limit, peak } = after;
  return {
    memory: {
      ...(lateFor === epoch ? {} : { oomKillsBefore: before.oomKills }),
      oomKillsAfter: after.oomKills,
      ...(limit === undefined ? {} : { limit }),
      ...(peak === undefined ? {} : { peak }),
    },
  };
}

function portFacts(epoch: EpochPlan, portSettings: End["portSettings"], siblings: readonly number[]): Pick<EndFacts, "ports"> {
  const listening = listeners();
  const ports = addressesOf(epoch, portSettings).flatMap((bound) => {
    const sockets = listening.filter((each) => conflictsWith(each, bound.address, bound.port));
    if (sockets.length === 0) return [];
    const holder = sockets.map(({ inode }) => socketHolder(inode)).find((each) => each !== undefined);
    if (holder === undefined) return [bound];
    return siblings.includes(holder.pid) ? [] : [{ ...bound, holder }];
  });
  return { ports };
}

/**
 * Returns what Envoy binds according to its bootstrap, generated or user-supplied, and to the configuration in its arguments, with the
 * settings they come from.
 */
function addressesOf(epoch: EpochPlan, portSettings: End["portSettings"]): readonly PortInUse[] {
  const { ownConfiguration } = epoch;
  const settings = new Map(portSettings);
  return readConfigurations(epoch).flatMap(({ document, kinds }) => {
    const own = ownConfiguration.find(({ kind }) => kinds.includes(kind));
    return boundAddresses(document).map(({ address, port }) => {
      const setting = own === undefined ? settings.get(port) : `"${own.path}" (${own.origin})`;
      return { address, port, ...(setting === undefined ? {} : { setting }) };
    });
  });
}

function baseIdFacts({ options }: EpochPlan, siblings: readonly number[]): Pick<EndFacts, "baseId"> {
  const socket = domainSocketOf(options);
  const held = socket && domainSocketHolder(socket.number);
  if (socket === undefined || held === undefined || (held.holder && siblings.includes(held.holder.pid))) return {};
  return { baseId: { id: socket.baseId, ...held } };
}

function sharedMemoryFacts({ options }: EpochPlan): Pick<EndFacts, "sharedMemoryProblem"> {
  if (hasOption(options, "--disable-hot-restart")) return {};
  try {
    accessSync("/dev/shm", constants.W_OK);
    return {};
  } catch (error) {
    return { sharedMemoryProblem: reasonOf(error) };
  }
}

function openFilesFacts({ options }: EpochPlan): Pick<EndFacts, "openFiles"> {
  const [, hard] = /^Max open files +\S+ +(\d+)/m.exec(tryReadText("/proc/self/limits") ?? "") ?? [];
  const limit = hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
  const needed = openFilesNeeded(options, availableParallelism());
  return limit < needed ? { openFiles: { limit, needed } } : {};
}
