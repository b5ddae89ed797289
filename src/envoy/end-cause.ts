import type { EndFacts, Holder, Program, TakenPort } from "./end-facts.ts";
import {
  BASE_ID_HINT,
  ENDED_UNASKED,
  MEMORY_HINT,
  OPEN_FILES_HINT,
  PROGRAM_HINT,
  portHint,
  QUIT_HINT,
  refusalHint,
  SHARED_MEMORY_HINT,
} from "./end-hints.ts";
import { ownText } from "./own-configuration.ts";
import { refusalIn } from "./refusal.ts";

/** Why Envoy ended, in one sentence, and what can be done about it where that is known. */
export interface EndCause {
  readonly text: string;
  readonly hint?: string;
  /** Absent: an error. */
  readonly level?: "info" | "warn";
}

/** Signals a process sends itself by a fault, unless somebody plays it. */
const CRASHES: readonly (string | number)[] = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"];

/** The share of the limit from which on it is what ran out: the kernel charges in batches, so the peak may stay below. */
const NEAR_LIMIT = 0.9;

/** From facts to words (contract envoy §4, §7). */
export function endCause(facts: EndFacts): EndCause {
  const { signal, code } = facts.exit;
  if (signal === "SIGKILL") return killed(facts);
  if (signal !== null) return signalled(facts, typeof signal === "number" ? `signal ${signal}` : signal);
  const ended = `Envoy exited with status ${code}`;
  if (facts.asked) return { text: code === 0 ? "Envoy exited with status 0, as requested" : `${ended}${STOPPING}` };
  if (facts.wasLive !== true && facts.program !== undefined) return otherProgram(facts, facts.program, ended);
  if (code === 0) return { text: ENDED_UNASKED, hint: QUIT_HINT, level: "info" };
  return facts.wasLive ? { text: ended } : notStarted(facts, ended);
}

const STOPPING = " while stopping";

function killed({ asked, memory }: EndFacts): EndCause {
  const when = asked ? STOPPING : "";
  if (memory === undefined)
    return {
      text: asked
        ? `Envoy was killed (SIGKILL)${when}`
        : "Envoy was killed (SIGKILL), from outside or out of memory: the cgroup's count of OOM kills cannot be read",
    };
  const { oomKillsBefore, oomKillsAfter, limit, peak } = memory;
  if (oomKillsAfter <= oomKillsBefore)
    return {
      text: asked ? `Envoy was killed (SIGKILL)${when}` : "Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill",
    };
  const counts = `SIGKILL, OOM kills in its cgroup from ${oomKillsBefore} to ${oomKillsAfter}`;
  const isOwnLimit = limit !== undefined && (peak === undefined || peak >= limit * NEAR_LIMIT);
  const where = isOwnLimit ? "" : " on the node or in a parent cgroup";
  const sizes = sizesOf(memory);
  return { text: `Envoy was killed: out of memory${where}${when} (${counts})${sizes}`, ...(isOwnLimit ? { hint: MEMORY_HINT } : {}) };
}

/** The cgroup's sizes: of Envoy, the agent and whatever else runs in the container. */
function sizesOf({ limit, peak }: NonNullable<EndFacts["memory"]>): string {
  const parts = [`limit ${limit === undefined ? "none" : bytesText(limit)}`, ...(peak === undefined ? [] : [`peak ${bytesText(peak)}`])];
  return `, ${parts.join(", ")}`;
}

/** What was started is no Envoy, or a script that did not get as far as one. */
function otherProgram(facts: EndFacts, { path, origin, interpreter, isOther, version }: Program, ended: string): EndCause {
  const script = interpreter === undefined ? undefined : `a script (#!${interpreter})`;
  if (!isOther) {
    const level = facts.exit.code === 0 ? ({ level: "warn" } as const) : {};
    return {
      text: `${ended}${early(facts)}; "${path}" (${origin}) is ${script ?? "another program"}, see its last log lines`,
      ...level,
    };
  }
  const what = script === undefined ? "" : ` but ${script}`;
  const said = version === undefined ? "" : `; asked for its version, ${version}`;
  return {
    text: `Program "${path}" is not Envoy${what}: it exited with status ${facts.exit.code}${said} (${origin})`,
    hint: PROGRAM_HINT,
  };
}

/** When it ended, where that is known to be early. */
function early({ wasLive }: EndFacts): string {
  return wasLive === false ? " before it was live" : "";
}

function signalled(facts: EndFacts, name: string): EndCause {
  const { exit, asked, wasLive, sharedMemoryProblem, openFiles } = facts;
  const isCrash = exit.signal !== null && CRASHES.includes(exit.signal);
  const isStop = asked && (exit.signal === "SIGTERM" || exit.signal === "SIGINT");
  if (!isCrash) return { text: `Envoy was terminated by ${name}, ${isStop ? "as requested" : "which this agent did not send"}` };
  const crashed = `Envoy crashed (${name})${asked ? STOPPING : early(facts)}`;
  if (asked || wasLive || exit.signal !== "SIGABRT") return { text: crashed };
  if (sharedMemoryProblem !== undefined)
    return { text: `${crashed}: /dev/shm is not writable (${sharedMemoryProblem})`, hint: SHARED_MEMORY_HINT };
  return openFiles === undefined ? { text: crashed } : { text: `${crashed}: ${fewFiles(openFiles)}`, hint: OPEN_FILES_HINT };
}

/** The first fact that explains why it ended before it was LIVE. */
function notStarted(facts: EndFacts, ended: string): EndCause {
  const { validation, ports = [], baseId, openFiles } = facts;
  const text = `${ended}${early(facts)}`;
  const own = ownText(facts.ownConfiguration);
  const refusal = validation?.ok === false ? refusalIn(validation.output) : undefined;
  if (refusal !== undefined) {
    const hint = refusalHint(refusal, facts);
    const of = refusal.of === "configuration" ? own : "";
    return { text: `${ended}, because it rejects its ${refusal.of}: ${refusal.reason}${of}`, ...(hint === undefined ? {} : { hint }) };
  }
  if (ports.length > 0) return { text: `${text}: ${ports.map(takenPort).join("; ")}`, hint: portHint(ports) };
  if (baseId !== undefined) return { text: `${text}: base-id ${baseId.id} is in use by ${holderText(baseId.holder)}`, hint: BASE_ID_HINT };
  if (openFiles !== undefined) return { text: `${text}: ${fewFiles(openFiles)}`, hint: OPEN_FILES_HINT };
  const accepted = validation?.ok === true ? ", although it accepts its arguments and configuration" : "";
  return { text: `${text}${accepted}; see its last log lines${own}` };
}

function takenPort({ address, port, holder }: TakenPort): string {
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  return `${where} is in use by ${holderText(holder)}`;
}

function holderText(holder: Holder | undefined): string {
  return holder === undefined ? "a process that is not visible from here" : `${holder.name} (pid ${holder.pid})`;
}

function fewFiles({ limit, needed }: { readonly limit: number; readonly needed: number }): string {
  return `it can open only ${limit} files and needs about ${needed}`;
}

/** A size for people: `256 MiB`, `1.5 GiB`. */
function bytesText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Math.round((bytes / 1024 ** power) * 10) / 10} ${units[power]}`;
}
