import type { AdminAddress } from "../../envoy/admin-address.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { evaluate, isMissing, keptState, type Missing, NOT_READY, nextQuestion, type ReadinessState } from "../../status/readiness.ts";
import type { ReadinessRules } from "../../status/status-plan.ts";
import { openAdminClient } from "../envoy/admin-client.ts";
import { errorCode, fileType, reasonOf } from "../files/read-file.ts";
import { isBug } from "./is-bug.ts";

/** Returns what is missing; undefined when the proxy is ready. */
export type ReadinessCheck = () => Promise<Missing | undefined>;

/** The proxy whose readiness is checked, and the rules. */
export interface ReadinessSubject {
  readonly admin: AdminAddress;
  readonly readiness: ReadinessRules;
}

/** What the agent itself knows. */
interface Knowledge {
  /** Whether the table of DNS names was received. */
  readonly hasNameTable: () => boolean;
  /** Whether an Envoy runs that this agent has started. */
  readonly isEnvoyRunning: () => boolean;
}

/** Checks readiness by the rules of the plan; answers that may be remembered are kept between checks. */
export function readinessCheck(plan: ReadinessSubject, { hasNameTable, isEnvoyRunning }: Knowledge): ReadinessCheck {
  const pageOf = adminPages(plan.admin, isEnvoyRunning);
  let known: ReadinessState = NOT_READY;
  return async () => {
    const seen = await walk(pageOf, plan.readiness, known);
    if (isMissing(seen.end)) {
      known = keptState(seen.known, plan.readiness);
      return seen.end;
    }
    known = keptState(seen.end, plan.readiness);
    const absent = plan.readiness.files.find((path) => fileType(path) === "missing");
    if (absent !== undefined)
      return { part: absent, text: `certificate file "${absent}" of the gRPC bootstrap does not exist (OUTPUT_CERTS)` };
    if (plan.readiness.nameTable && !hasNameTable()) return { part: "names", text: "DNS name table not received" };
    return undefined;
  };
}

/** Sends requests to Envoy one after another, as its answers require. */
async function walk(
  pageOf: PageOf,
  rules: ReadinessRules,
  from: ReadinessState,
): Promise<{ readonly known: ReadinessState; readonly end: ReadinessState | Missing }> {
  let known = from;
  for (;;) {
    const question = nextQuestion(known, rules);
    if (question === undefined) return { known, end: known };
    const page = await pageOf(question.ask.target, question.ask.timeoutMilliseconds);
    const end = typeof page === "string" ? evaluate(known, question, page) : page;
    if (isMissing(end)) return { known, end };
    known = end;
  }
}

/** Returns a page of the admin interface, or what is missing for it. */
type PageOf = (target: string, milliseconds: number) => Promise<string | Missing>;

function adminPages(address: AdminAddress, isEnvoyRunning: () => boolean): PageOf {
  const admin = openAdminClient(address);
  const where = joinHostPort(address.host, String(address.port));
  return async (target, milliseconds) => {
    const answer = await admin("GET", target, milliseconds);
    if (answer.kind === "answer") {
      const { status, text } = answer;
      return status === 200
        ? text
        : { part: `admin ${status}`, text: `Envoy's admin interface ${where} answers with HTTP status code ${status}` };
    }
    if (answer.kind === "failed" && isBug(answer.error)) throw answer.error;
    const reason = answer.kind === "late" ? `did not answer within ${milliseconds} ms` : adminProblem(answer.error, isEnvoyRunning());
    return { part: `admin ${reason}`, text: `Envoy's admin interface ${where} ${reason}` };
  };
}

function adminProblem(error: unknown, isEnvoyRunning: boolean): string {
  // Not "refuses the connection": that word may announce a secret, and preparing the rules for those takes 3 ms while Envoy starts.
  if (errorCode(error) === "ECONNREFUSED")
    return isEnvoyRunning ? "is closed: Envoy is running, but has not opened it yet" : "is closed: Envoy is not up yet, or it has exited";
  return `did not answer: ${reasonOf(error)}`;
}
