import { statOf } from "./admin-stats.ts";
import type { AdminQuestion, ReadinessRules } from "./status-plan.ts";

/** What was seen so far; what is remembered is never asked for again. */
export interface Known {
  readonly updates: boolean;
  readonly state: boolean;
}

export const NOTHING_KNOWN: Known = { updates: false, state: false };

/** A part that is missing: what it is, for comparing, and in words a person can act on. */
export interface Missing {
  readonly part: string;
  readonly text: string;
  /** Whether Envoy has not been given something, so that its control plane may be the cause. */
  readonly isNotReceived?: boolean;
}

export type Question = { readonly about: keyof Known; readonly ask: AdminQuestion };

/** What has to be asked next, if anything (contract 1.6 §11.4, 1.30 §10.2). */
export function nextQuestion(known: Known, rules: ReadinessRules): Question | undefined {
  if (rules.updates !== undefined && !known.updates) return { about: "updates", ask: rules.updates };
  if (rules.state !== undefined && !known.state) return { about: "state", ask: rules.state };
  return undefined;
}

/** What an answer of the admin interface shows: a step forward, or what is missing. */
export function judge(known: Known, { about }: Question, page: string): Known | Missing {
  const missing = about === "updates" ? missingUpdates(page) : missingState(page);
  return missing ?? { ...known, [about]: true };
}

/** What stays known for the next check. */
export function remembered(known: Known, rules: ReadinessRules): Known {
  return { updates: known.updates, state: known.state && rules.remembersState };
}

export function isMissing(result: Known | Missing): result is Missing {
  return "part" in result;
}

function missingUpdates(page: string): Missing | undefined {
  const unreadable: string[] = [];
  const countOf = (name: string) => {
    const found = statOf(page, name);
    if (found.ok) return found.value;
    unreadable.push(found.error);
    return Number.NaN;
  };
  const cds = countOf("cluster_manager.cds.update_success");
  const cdsRejected = countOf("cluster_manager.cds.update_rejected");
  const lds = countOf("listener_manager.lds.update_success");
  const ldsRejected = countOf("listener_manager.lds.update_rejected");
  if (unreadable.length > 0) return { part: "unreadable updates", text: `statistics cannot be read: ${unreadable.join("; ")}` };
  if (cds > 0 && lds > 0) return undefined;
  const parts = [
    ...(cds > 0 ? [] : [cdsRejected > 0 ? "CDS rejected by Envoy" : "CDS not received"]),
    ...(lds > 0 ? [] : [ldsRejected > 0 ? "LDS rejected by Envoy" : "LDS not received"]),
  ].join(", ");
  const counts = `cds updates: ${cds} successful, ${cdsRejected} rejected; lds updates: ${lds} successful, ${ldsRejected} rejected`;
  const isRejected = (cds === 0 && cdsRejected > 0) || (lds === 0 && ldsRejected > 0);
  // A listener is asked for only when the clusters have come.
  const isNotReceived = cds === 0 ? cdsRejected === 0 : ldsRejected === 0;
  return { part: parts, text: `${parts} (${counts})${isRejected ? "; Envoy's log lines say why it rejects them" : ""}`, isNotReceived };
}

/** States of Envoy that are not LIVE, which is 0. */
const STATES: Readonly<Record<number, string>> = { 1: "DRAINING", 2: "PRE_INITIALIZING", 3: "INITIALIZING" };

function missingState(page: string): Missing | undefined {
  const absent = ["server.state", "listener_manager.workers_started"].find((name) => !page.includes(name));
  if (absent !== undefined) return { part: absent, text: `${absent} is not in Envoy's statistics yet` };
  const state = statOf(page, "server.state");
  const workers = statOf(page, "listener_manager.workers_started");
  if (!state.ok) return { part: "unreadable state", text: `statistics cannot be read: ${state.error}` };
  if (!workers.ok) return { part: "unreadable workers", text: `statistics cannot be read: ${workers.error}` };
  if (state.value !== 0) {
    const name = STATES[state.value] ?? String(state.value);
    return { part: `state ${name}`, text: `Envoy is not LIVE but ${name}` };
  }
  return workers.value === 1 ? undefined : { part: "workers", text: "Envoy's workers have not started yet" };
}
