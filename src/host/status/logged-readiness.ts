import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { joinCauses } from "../../status/join-causes.ts";
import type { Readiness } from "../../status/ports.ts";
import type { Missing } from "../../status/readiness.ts";
import { type ReadinessSubject, readinessCheck } from "./readiness-check.ts";

/** What the readiness check reads and reports to. */
export interface ReadinessHooks {
  /** Called when the proxy is ready for the first time. */
  readonly ready: () => void;
  readonly log: Log;
  /** Whether a new epoch that is not live yet answers on the admin interface of the one that serves. */
  readonly isAdminTakenOver: () => boolean;
  /** Why services of the agent are not ready. */
  readonly reasons: () => readonly string[];
  /** Why Envoy may not be ready, by services of the agent. */
  readonly likelyCauses: () => readonly string[];
  /** The names of services of the agent that could not be opened. */
  readonly unopened: () => readonly string[];
  /** Whether an Envoy runs that this agent has started. */
  readonly isEnvoyRunning: () => boolean;
  /** Whether the table of DNS names was received. */
  readonly hasNameTable: () => boolean;
}

/**
 * Opens a readiness check that logs each change once. While a new epoch starts, the admin interface belongs to it and the old epoch still
 * serves, so a ready proxy stays ready.
 */
export function loggedReadiness(
  plan: ReadinessSubject,
  { ready, log, isAdminTakenOver, reasons, likelyCauses, unopened, isEnvoyRunning, hasNameTable }: ReadinessHooks,
): Readiness {
  const check = readinessCheck(plan, { hasNameTable, isEnvoyRunning });
  let lastLogged: string | undefined;
  /** Whether the last line has a cause. */
  let isExplained = false;
  let isExplaining = false;
  let logged = Promise.resolve();
  /** Finding a cause takes time; the order of the lines is kept. */
  const inOrder = (work: () => Promise<void>) => {
    logged = logged.then(work).catch((error: unknown) => log("error", bugText(error)));
  };
  let startupSeconds: number | undefined;
  let wasAsked = false;
  return {
    startup: () => startupSeconds,
    wasAsked: () => wasAsked,
    async check(isQuiet = false) {
      wasAsked ||= !isQuiet;
      const wasTakenOver = isAdminTakenOver();
      const lacking = await check();
      const missing = withReasons(lacking, lacking === undefined ? reasons() : [...reasons(), ...joinCauses(likelyCauses())]);
      const part = missing?.part ?? "";
      if (lastLogged === "" && (wasTakenOver || isAdminTakenOver())) return true;
      if (part !== lastLogged && !(isQuiet && missing !== undefined)) {
        lastLogged = part;
        inOrder(async () => {
          if (missing === undefined) logReady(log, unopened());
          else isExplained = await logMissing(missing, plan, log);
        });
      } else if (missing !== undefined && isLateCause(missing, plan) && !isExplained && !isExplaining && !isQuiet) {
        isExplaining = true;
        inOrder(async () => {
          try {
            isExplained ||= await logMissing(missing, plan, log, true);
          } finally {
            isExplaining = false;
          }
        });
      }
      if (missing === undefined && startupSeconds === undefined) {
        startupSeconds = performance.now() / 1_000;
        ready();
      }
      return missing === undefined;
    },
  };
}

/** Combines what Envoy and the services of the agent lack. */
function withReasons(missing: Missing | undefined, reasons: readonly string[]): Missing | undefined {
  if (reasons.length === 0) return missing;
  const text = reasons.join("; ");
  return missing === undefined ? { part: text, text } : { ...missing, part: `${missing.part}; ${text}`, text: `${missing.text}; ${text}` };
}

function logReady(log: Log, unopened: readonly string[]): void {
  const without = unopened.map((name) => `; the ${name} could not be opened`).join("");
  log(without === "" ? "info" : "warn", `Envoy proxy is ready; ${(performance.now() / 1_000).toFixed(1)} s since start${without}`);
}

/** Whether the cause may become known later: Envoy's own connections to the control plane fail only after some time. */
function isLateCause({ isNotReceived }: Missing, { readiness: { xds } }: ReadinessSubject): boolean {
  return isNotReceived === true && xds?.kind === "server";
}

/**
 * Logs one line with the cause as far as it can be found; the answer to the probe does not wait for it. `onlyWithCause`: no line without
 * one. Returns whether it was found.
 */
async function logMissing(
  missing: Missing,
  { admin, readiness: { xds } }: ReadinessSubject,
  log: Log,
  onlyWithCause = false,
): Promise<boolean> {
  const { text, isNotReceived, isWithoutListeners } = missing;
  const age = `${Math.round(performance.now() / 1_000)} s since start`;
  const unreached =
    isNotReceived === true && xds !== undefined ? await (await import("./xds-problem.ts")).xdsProblem(xds, admin) : undefined;
  const unopened = isWithoutListeners === true ? (await import("./access-log-problem.ts")).accessLogProblem() : undefined;
  const problem = unreached ?? unopened;
  // A resource in a file counts as received, and is the cause.
  const shown = xds?.kind === "files" && problem !== undefined ? text.replaceAll("not received", "cannot be read") : text;
  if (problem !== undefined || !onlyWithCause)
    log("warn", `Envoy proxy is NOT ready: ${shown}; ${age}${problem === undefined ? "" : `; ${problem}`}`);
  return problem !== undefined;
}
