import { statOf } from "./admin-stats.ts";
import type { AdminQuestion, ReadinessRules } from "./status-plan.ts";

/** What readiness checks have seen so far; a condition that was met and is kept is not checked again. */
export interface ReadinessState {
  readonly updates: boolean;
  readonly state: boolean;
}

export const NOT_READY: ReadinessState = { updates: false, state: false };

/** A condition that is not met: an id for comparison, and a text for users. */
export interface Missing {
  readonly part: string;
  readonly text: string;
  /** Whether Envoy has received no configuration, so that the control plane may be the cause. */
  readonly isNotReceived?: boolean;
  /** Whether Envoy has rejected all listeners, so that their access log may be the cause. */
  readonly isWithoutListeners?: boolean;
}

export type Question = { readonly about: keyof ReadinessState; readonly ask: AdminQuestion };

/** Returns the next admin request, if any (contract 1.6 §11.4, 1.30 §10.2). */
export function nextQuestion(known: ReadinessState, rules: ReadinessRules): Question | undefined {
  if (rules.updates !== undefined && !known.updates) return { about: "updates", ask: rules.updates };
  if (rules.state !== undefined && !known.state) return { about: "state", ask: rules.state };
  return undefined;
}

/** Evaluates a response of the admin interface: the new state, or the condition that is not met. */
export function evaluate(known: ReadinessState, { about }: Question, page: string): ReadinessState | Missing {
  const missing = about === "updates" ? missingUpdates(page) : missingState(page);
  return missing ?? { ...known, [about]: true };
}

/** Returns the state to keep for the next check. */
export function keptState(known: ReadinessState, rules: ReadinessRules): ReadinessState {
  return { updates: known.updates, state: known.state && rules.remembersState };
}

export function isMissing(result: ReadinessState | Missing): result is Missing {
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
  // Envoy requests listeners only after it has received clusters.
  const isNotReceived = cds === 0 ? cdsRejected === 0 : ldsRejected === 0;
  return {
    part: parts,
    text: `${parts} (${counts})${isRejected ? "; Envoy's log lines say why it rejects them" : ""}`,
    isNotReceived,
    isWithoutListeners: lds === 0 && ldsRejected > 0,
  };
}

/** Envoy's states other than LIVE, which is 0. */
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
