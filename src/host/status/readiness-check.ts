import type { AdminAddress } from "../../envoy/admin-address.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { evaluate, isMissing, keptState, type Missing, NOT_READY, nextQuestion, type ReadinessState } from "../../status/readiness.ts";
import type { ReadinessRules } from "../../status/status-plan.ts";
import { errorCode, fileType, reasonOf } from "../files/read-file.ts";
import { textRequest } from "../http/text-request.ts";
import { isBug } from "./is-bug.ts";

/** Returns what is missing; undefined when the proxy is ready. */
export type ReadinessCheck = () => Promise<Missing | undefined>;

/** The proxy whose readiness is checked, and the rules. */
export interface ReadinessSubject {
  readonly admin: AdminAddress;
  readonly readiness: ReadinessRules;
}

/** Checks readiness by the rules of the plan; answers that may be remembered are kept between checks. */
export function readinessCheck(plan: ReadinessSubject, hasNameTable: () => boolean): ReadinessCheck {
  let known: ReadinessState = NOT_READY;
  return async () => {
    const seen = await walk(plan, known);
    if (isMissing(seen.end)) {
      known = keptState(seen.known, plan.readiness);
      return seen.end;
    }
    known = keptState(seen.end, plan.readiness);
    const absent = plan.readiness.files.find((path) => fileType(path) === "missing");
    if (absent !== undefined) return { part: absent, text: `certificate file "${absent}" of the gRPC bootstrap does not exist` };
    if (plan.readiness.nameTable && !hasNameTable()) return { part: "names", text: "DNS name table not received" };
    return undefined;
  };
}

/** Sends requests to Envoy one after another, as its answers require. */
async function walk(
  plan: ReadinessSubject,
  from: ReadinessState,
): Promise<{ readonly known: ReadinessState; readonly end: ReadinessState | Missing }> {
  let known = from;
  for (;;) {
    const question = nextQuestion(known, plan.readiness);
    if (question === undefined) return { known, end: known };
    const page = await pageOf(plan, question.ask.target, question.ask.timeoutMilliseconds);
    const end = typeof page === "string" ? evaluate(known, question, page) : page;
    if (isMissing(end)) return { known, end };
    known = end;
  }
}

async function pageOf({ admin }: ReadinessSubject, target: string, milliseconds: number): Promise<string | Missing> {
  const where = joinHostPort(admin.host, String(admin.port));
  const answer = await textRequest(admin, "GET", target, milliseconds);
  if (answer.kind === "answer") {
    const { status, text } = answer;
    return status === 200
      ? text
      : { part: `admin ${status}`, text: `Envoy's admin interface ${where} answers with HTTP status code ${status}` };
  }
  if (answer.kind === "failed" && isBug(answer.error)) throw answer.error;
  const reason = answer.kind === "late" ? `did not answer within ${milliseconds} ms` : adminProblem(answer.error);
  return { part: `admin ${reason}`, text: `Envoy's admin interface ${where} ${reason}` };
}

function adminProblem(error: unknown): string {
  if (errorCode(error) === "ECONNREFUSED") return "refuses the connection: Envoy is not up yet, or it has exited";
  return `did not answer: ${reasonOf(error)}`;
}
