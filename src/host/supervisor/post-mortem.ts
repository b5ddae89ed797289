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
import { type Baseline, readMemoryCgroup } from "../linux/memory-cgroup.ts";
import { domainSocketHolder, listeners, socketHolder } from "../linux/port-holder.ts";

/** What the supervisor knows of the end, and what it took after the start. */
export interface End {
  /** Whether this Envoy was ever LIVE; undefined where nobody asked shortly before the end. */
  readonly wasLive: boolean | undefined;
  /** Whether a stop was asked for. */
  readonly asked: boolean;
  readonly baseline: Baseline;
  /** Which setting each port of Envoy's own listeners comes from, where one does. */
  readonly portSettings: Supervision["portSettings"];
  /** Whether the command line and bootstrap are those of an old contract, not adapted to this Envoy. */
  readonly runsOldContract: boolean;
  /** Other epochs of this agent that still run: what they hold is handed over, not in the way. */
  readonly siblings?: readonly number[];
  /** Ends the questions; what is known by then becomes the cause. */
  readonly signal?: AbortSignal;
}

/**
 * Why an Envoy ended. One that ended with 1 before it was LIVE is asked once more, in at most 5 s, so the files of
 * the epoch must still be there; the ports, domain sockets and limits of one that accepts all it was given are looked at.
 */
export async function explainEnd(epoch: EpochPlan, exit: Exit, end: End): Promise<EndCause> {
  const { wasLive, asked, baseline, runsOldContract } = end;
  const { ownConfiguration } = epoch;
  const known: EndFacts = {
    exit,
    wasLive,
    isRequested: asked,
    runsOldContract,
    userConfiguration: ownConfiguration,
    ...memoryFacts(baseline),
  };
  if (wasLive || asked) return endCause(known);
  if (exit.signal === "SIGABRT") return endCause({ ...known, ...sharedMemoryFacts(epoch), ...openFilesFacts(epoch) });
  if (exit.code === null) return endCause(known);
  const validation = exit.code === 1 ? await validateEnvoy(epoch, end.signal) : undefined;
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
 * Looks at the program unless it has shown itself to be Envoy. Only one that was asked to judge its configuration is asked for its version,
 * too: others are not run a second time.
 */
async function programFacts(epoch: EpochPlan, validation: Validation | undefined): Promise<Pick<EndFacts, "program">> {
  if (validation !== undefined && isEnvoyOutput(validation.output)) return {};
  const { identifyProgram } = await import("../envoy/identify-program.ts");
  const found = await identifyProgram(epoch, validation !== undefined);
  return found === undefined ? {} : { program: found };
}

function memoryFacts({ memory: before }: Baseline): Pick<EndFacts, "memory"> {
  const after = readMemoryCgroup();
  if (before?.oomKills === undefined || after?.oomKills === undefined) return {};
  const { limit, peak } = after;
  return {
    memory: {
      oomKillsBefore: before.oomKills,
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

/** What Envoy binds by its bootstrap, generated or a person's own, and by the configuration in its arguments; with the settings that say so. */
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
