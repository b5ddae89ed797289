import type { EndFacts, Holder, PortInUse, Program } from "./end-facts.ts";
import {
  BASE_ID_HINT,
  EXITED_UNREQUESTED,
  MEMORY_HINT,
  OPEN_FILES_HINT,
  PROGRAM_HINT,
  portHint,
  QUIT_HINT,
  refusalHint,
  SHARED_MEMORY_HINT,
} from "./end-hints.ts";
import { refusalIn } from "./refusal.ts";
import { userConfigurationText } from "./user-configuration.ts";

/** Why Envoy exited, in one sentence, with a hint if one is known. */
export interface EndCause {
  readonly text: string;
  readonly hint?: string;
  /** Absent: error. */
  readonly level?: "info" | "warn";
}

/** Signals of a crash, unless another process sends them. */
const CRASHES: readonly (string | number)[] = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"];

/** The share of the memory limit above which it counts as reached: the kernel charges in batches, so the peak may stay below. */
const NEAR_LIMIT = 0.9;

/** Determines the cause of an exit from facts (contract envoy §4, §7). */
export function endCause(facts: EndFacts): EndCause {
  const { signal, code } = facts.exit;
  if (signal === "SIGKILL") return killed(facts);
  if (signal !== null) return terminatedBySignal(facts, typeof signal === "number" ? `signal ${signal}` : signal);
  const exited = `Envoy exited with status ${code}`;
  if (facts.isRequested) return { text: code === 0 ? "Envoy exited with status 0, as requested" : `${exited}${STOPPING}` };
  if (facts.wasLive !== true && facts.program !== undefined) return otherProgram(facts, facts.program, exited);
  if (code === 0) return { text: EXITED_UNREQUESTED, hint: QUIT_HINT, level: "info" };
  return facts.wasLive ? { text: exited } : notStarted(facts, exited);
}

const STOPPING = " while stopping";

function killed({ isRequested, memory }: EndFacts): EndCause {
  const when = isRequested ? STOPPING : "";
  if (memory === undefined)
    return {
      text: isRequested
        ? `Envoy was killed (SIGKILL)${when}`
        : "Envoy was killed (SIGKILL), from outside or out of memory: the cgroup's count of OOM kills cannot be read",
    };
  const { oomKillsBefore, oomKillsAfter, limit, peak } = memory;
  if (oomKillsAfter <= (oomKillsBefore ?? 0))
    return {
      text: isRequested ? `Envoy was killed (SIGKILL)${when}` : "Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill",
    };
  const counts =
    oomKillsBefore === undefined
      ? `SIGKILL, OOM kills in its cgroup: ${oomKillsAfter}`
      : `SIGKILL, OOM kills in its cgroup from ${oomKillsBefore} to ${oomKillsAfter}`;
  const isOwnLimit = limit !== undefined && (peak === undefined || peak >= limit * NEAR_LIMIT);
  const where = isOwnLimit ? "" : " on the node or in a parent cgroup";
  const sizes = memoryText(memory);
  return { text: `Envoy was killed: out of memory${where}${when} (${counts})${sizes}`, ...(isOwnLimit ? { hint: MEMORY_HINT } : {}) };
}

/** Formats the cgroup's limit and peak, which include Envoy, the agent and any other process of the container. */
function memoryText({ limit, peak }: NonNullable<EndFacts["memory"]>): string {
  const parts = [`limit ${limit === undefined ? "none" : bytesText(limit)}`, ...(peak === undefined ? [] : [`peak ${bytesText(peak)}`])];
  return `, ${parts.join(", ")}`;
}

/** The program is not Envoy, or a script that did not start it. */
function otherProgram(facts: EndFacts, { path, origin, interpreter, isNotEnvoy, version }: Program, ended: string): EndCause {
  const script = interpreter === undefined ? undefined : `a script (#!${interpreter})`;
  if (!isNotEnvoy) {
    const level = facts.exit.code === 0 ? ({ level: "warn" } as const) : {};
    return {
      text: `${ended}${timing(facts)}; "${path}" (${origin}) is ${script ?? "another program"}, see its last log lines`,
      ...level,
    };
  }
  const what = script === undefined ? "" : ` but ${script}`;
  const versionResult = version === undefined ? "" : `; asked for its version, ${version}`;
  return {
    text: `Program "${path}" is not Envoy${what}: it exited with status ${facts.exit.code}${versionResult} (${origin})`,
    hint: PROGRAM_HINT,
  };
}

/** Returns when it ended, if that is known to be before it was live. */
function timing({ wasLive }: EndFacts): string {
  return wasLive === false ? " before it was live" : "";
}

function terminatedBySignal(facts: EndFacts, name: string): EndCause {
  const { exit, isRequested, wasLive, sharedMemoryProblem, openFiles } = facts;
  const isCrash = exit.signal !== null && CRASHES.includes(exit.signal);
  const isStop = isRequested && (exit.signal === "SIGTERM" || exit.signal === "SIGINT");
  if (!isCrash) return { text: `Envoy was terminated by ${name}, ${isStop ? "as requested" : "which this agent did not send"}` };
  const crashed = `Envoy crashed (${name})${isRequested ? STOPPING : timing(facts)}`;
  if (isRequested || wasLive || exit.signal !== "SIGABRT") return { text: crashed };
  if (sharedMemoryProblem !== undefined)
    return { text: `${crashed}: /dev/shm is not writable (${sharedMemoryProblem})`, hint: SHARED_MEMORY_HINT };
  return openFiles === undefined ? { text: crashed } : { text: `${crashed}: ${fileLimitText(openFiles)}`, hint: OPEN_FILES_HINT };
}

/** Returns the first fact that explains why it ended before it was live. */
function notStarted(facts: EndFacts, ended: string): EndCause {
  const { validation, ports = [], baseId, openFiles } = facts;
  const text = `${ended}${timing(facts)}`;
  const userFiles = userConfigurationText(facts.userConfiguration);
  const refusal = validation?.ok === false ? refusalIn(validation.output) : undefined;
  if (refusal !== undefined) {
    const hint = refusalHint(refusal, facts);
    const of = refusal.of === "configuration" ? userFiles : "";
    return { text: `${ended}, because it rejects its ${refusal.of}: ${refusal.reason}${of}`, ...(hint === undefined ? {} : { hint }) };
  }
  if (ports.length > 0) return { text: `${text}: ${ports.map(portInUse).join("; ")}`, hint: portHint(ports) };
  if (baseId !== undefined) return { text: `${text}: base-id ${baseId.id} is in use by ${holderText(baseId.holder)}`, hint: BASE_ID_HINT };
  if (openFiles !== undefined) return { text: `${text}: ${fileLimitText(openFiles)}`, hint: OPEN_FILES_HINT };
  const accepted = validation?.ok === true ? ", although it accepts its arguments and configuration" : "";
  return { text: `${text}${accepted}; see its last log lines${userFiles}` };
}

function portInUse({ address, port, holder }: PortInUse): string {
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  return `${where} is in use by ${holderText(holder)}`;
}

function holderText(holder: Holder | undefined): string {
  return holder === undefined ? "a process that is not visible from here" : `${holder.name} (pid ${holder.pid})`;
}

function fileLimitText({ limit, needed }: { readonly limit: number; readonly needed: number }): string {
  return `it can open only ${limit} files and needs about ${needed}`;
}

/** Formats a size: `256 MiB`, `1.5 GiB`. */
function bytesText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Math.round((bytes / 1024 ** power) * 10) / 10} ${units[power]}`;
}
