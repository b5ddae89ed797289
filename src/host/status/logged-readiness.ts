import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import type { Readiness } from "../../status/ports.ts";
import type { Missing } from "../../status/readiness.ts";
import { type ReadinessSubject, readinessCheck } from "./readiness-check.ts";

/** What the check of readiness looks at and reports to. */
export interface ReadinessHooks {
  /** The proxy became ready for the first time. */
  readonly ready: () => void;
  readonly log: Log;
  /** A new epoch is not live yet beside the one that serves. */
  readonly isTakenOver: () => boolean;
  /** What services of the agent are not ready for. */
  readonly reasons: () => readonly string[];
}

/**
 * Opens a check of readiness that logs every change once, not every check. While a new epoch starts the admin interface is
 * the new one's and the old one serves as before, so what was ready stays so.
 */
export function loggedReadiness(plan: ReadinessSubject, { ready, log, isTakenOver, reasons }: ReadinessHooks): Readiness {
  const check = readinessCheck(plan, () => false);
  let said: string | undefined;
  let logged = Promise.resolve();
  let startupSeconds: number | undefined;
  return {
    startup: () => startupSeconds,
    async check(isQuiet = false) {
      const wasTakenOver = isTakenOver();
      const missing = withReasons(await check(), reasons());
      const part = missing?.part ?? "";
      if (said === "" && (wasTakenOver || isTakenOver())) return true;
      if (part !== said && !(isQuiet && missing !== undefined)) {
        said = part;
        // Looking for a cause takes time; the lines keep their order.
        logged = logged
          .then(() => (missing === undefined ? logReady(log) : logMissing(missing, plan, log)))
          .catch((error: unknown) => log("error", bugText(error)));
      }
      if (missing === undefined && startupSeconds === undefined) {
        startupSeconds = performance.now() / 1_000;
        ready();
      }
      return missing === undefined;
    },
  };
}

/** What is missing of Envoy and of the agent's services, as one. */
function withReasons(missing: Missing | undefined, reasons: readonly string[]): Missing | undefined {
  if (reasons.length === 0) return missing;
  const text = reasons.join("; ");
  return missing === undefined ? { part: text, text } : { ...missing, part: `${missing.part}; ${text}`, text: `${missing.text}; ${text}` };
}

function logReady(log: Log): void {
  log("info", `Envoy proxy is ready; ${(performance.now() / 1_000).toFixed(1)} s since start`);
}

/** Logs one line, with what can be found out about the cause; the answer does not wait for it. */
async function logMissing({ text, isNotReceived }: Missing, { readiness: { xds } }: ReadinessSubject, log: Log): Promise<void> {
  const age = `${Math.round(performance.now() / 1_000)} s since start`;
  const problem = isNotReceived === true && xds !== undefined ? await (await import("./xds-problem.ts")).xdsProblem(xds) : undefined;
  // A resource in a file has been received in a way, and is the cause.
  const shown = xds?.kind === "files" && problem !== undefined ? text.replaceAll("not received", "cannot be read") : text;
  log("warn", `Envoy proxy is NOT ready: ${shown}; ${age}${problem === undefined ? "" : `; ${problem}`}`);
}
