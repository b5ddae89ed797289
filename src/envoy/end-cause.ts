import type { EndFacts, Holder } from "./end-facts.ts";
import {
  BASE_ID_HINT,
  ENDED_UNASKED,
  MEMORY_HINT,
  OPEN_FILES_HINT,
  PORT_HINT,
  QUIT_HINT,
  refusalHint,
  SHARED_MEMORY_HINT,
} from "./end-hints.ts";
import { refusalIn } from "./refusal.ts";

/** Why Envoy ended, in one sentence, and what can be done about it where that is known. */
export interface EndCause {
  readonly text: string;
  readonly hint?: string;
}

/** Signals a process sends itself by a fault, unless somebody plays it. */
const CRASHES: readonly (string | number)[] = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"];

/** The share of the limit from which on it is what ran out: the kernel charges in batches, so the peak may stay below. */
const NEAR_LIMIT = 0.9;

/** From facts to words (design §5.6, envoy-notes §4, §7). */
export function endCause(facts: EndFacts): EndCause {
  const { signal, code } = facts.exit;
  if (signal === "SIGKILL") return killed(facts);
  if (signal !== null) return signalled(facts, typeof signal === "number" ? `signal ${signal}` : signal);
  if (code === 0) return facts.asked ? { text: "Envoy ended with exit code 0, as asked" } : { text: ENDED_UNASKED, hint: QUIT_HINT };
  const told = `Envoy ended with exit code ${code}`;
  if (facts.asked) return { text: `${told} while it was stopped` };
  return facts.wasLive ? { text: told } : notStarted(facts, told);
}

function killed({ asked, memory }: EndFacts): EndCause {
  const when = asked ? " while it was stopped" : "";
  if (memory === undefined)
    return asked
      ? { text: `Envoy was killed (SIGKILL)${when}` }
      : { text: "Envoy was killed (SIGKILL); whether for lack of memory cannot be told, as the cgroup's counters cannot be read" };
  const { oomKillsBefore, oomKillsAfter, limit, peak } = memory;
  const sizes = sizesOf(memory);
  if (oomKillsAfter <= oomKillsBefore)
    return {
      text: asked
        ? `Envoy was killed (SIGKILL)${when}`
        : `Envoy was killed by somebody (SIGKILL): its cgroup counts no out-of-memory kill more${sizes}`,
    };
  const counts = `SIGKILL, out-of-memory kills of its cgroup from ${oomKillsBefore} to ${oomKillsAfter}`;
  const isOwnLimit = limit !== undefined && (peak === undefined || peak >= limit * NEAR_LIMIT);
  const where = isOwnLimit ? "" : " of the node or of a cgroup above its own";
  return { text: `Envoy was killed for lack of memory${where}${when} (${counts})${sizes}`, ...(isOwnLimit ? { hint: MEMORY_HINT } : {}) };
}

function sizesOf({ limit, peak }: NonNullable<EndFacts["memory"]>): string {
  const parts = [`limit ${limit === undefined ? "none" : bytesText(limit)}`, ...(peak === undefined ? [] : [`peak ${bytesText(peak)}`])];
  return `, ${parts.join(", ")}`;
}

function signalled({ exit, asked, wasLive, sharedMemoryProblem, openFiles }: EndFacts, name: string): EndCause {
  const isCrash = exit.signal !== null && CRASHES.includes(exit.signal);
  const isStop = asked && (exit.signal === "SIGTERM" || exit.signal === "SIGINT");
  if (!isCrash) return { text: `Envoy was ended by ${name}, ${isStop ? "as asked" : "which this agent did not send"}` };
  const when = asked ? " while it was stopped" : wasLive ? "" : " before it was live";
  const told = `Envoy crashed (${name})${when}`;
  if (asked || wasLive || exit.signal !== "SIGABRT") return { text: told };
  if (sharedMemoryProblem !== undefined)
    return { text: `${told}: /dev/shm cannot be written to (${sharedMemoryProblem})`, hint: SHARED_MEMORY_HINT };
  return openFiles === undefined ? { text: told } : { text: `${told}: ${fewFiles(openFiles)}`, hint: OPEN_FILES_HINT };
}

/** The first fact that explains why it ended before it was LIVE. */
function notStarted(facts: EndFacts, told: string): EndCause {
  const { validation, ports = [], baseId, openFiles } = facts;
  const early = `${told} before it was live`;
  const refusal = validation?.ok === false ? refusalIn(validation.output) : undefined;
  if (refusal !== undefined) {
    const hint = refusalHint(refusal, facts);
    return { text: `${told}, as it refuses its ${refusal.of}: ${refusal.reason}`, ...(hint === undefined ? {} : { hint }) };
  }
  if (ports.length > 0) return { text: `${early}: ${ports.map(takenPort).join("; ")}`, hint: PORT_HINT };
  if (baseId !== undefined) return { text: `${early}: base-id ${baseId.id} is taken by ${holderText(baseId.holder)}`, hint: BASE_ID_HINT };
  if (openFiles !== undefined) return { text: `${early}: ${fewFiles(openFiles)}`, hint: OPEN_FILES_HINT };
  const accepted = validation?.ok === true ? ", though it accepts its arguments and configuration" : "";
  return { text: `${early}${accepted}; its own last lines say why` };
}

function takenPort({ address, port, holder }: { readonly address: string; readonly port: number; readonly holder?: Holder }): string {
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  return `${where} is taken by ${holderText(holder)}`;
}

function holderText(holder: Holder | undefined): string {
  return holder === undefined ? "a process that cannot be seen from here" : `${holder.name} (pid ${holder.pid})`;
}

function fewFiles({ limit, needed }: { readonly limit: number; readonly needed: number }): string {
  return `it may open only ${limit} files and needs about ${needed}`;
}

/** A size for people: `256 MiB`, `1.5 GiB`. */
function bytesText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Math.round((bytes / 1024 ** power) * 10) / 10} ${units[power]}`;
}
