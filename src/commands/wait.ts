import type { FlagValues } from "../cli/flag.ts";
import { STATUS } from "../envoy/exit-status.ts";
import { bytesOfText } from "../go/bytes.ts";
import { parseUrl, requestAddress } from "../go/url.ts";
import { UsageError } from "../inputs/errors.ts";
import type { Log } from "../inputs/notice.ts";
import type { Invocation } from "../profiles/invocation.ts";
import { PORT } from "../settings/ports.ts";
import { isMissing, judge, type Missing, NOTHING_KNOWN, nextQuestion } from "../status/readiness.ts";
import type { AdminQuestion } from "../status/status-plan.ts";
import type { Host } from "./host.ts";

const ADMIN = `http://localhost:${PORT.admin}`;
/** How long an explanation may hold up the next attempt, in milliseconds. */
const EXPLAIN = 300;
const NO_ADMIN: Missing = { part: "admin", text: `Envoy's admin interface does not answer on port ${PORT.admin}` };

/** Waits until a page answers 200, and says on standard error what is missing (spec 1.30 §11.2). @throws UsageError */
export async function wait({ profile, flags, log }: Invocation, host: Host): Promise<number> {
  const say = host.openLog(log, "stderr");
  return (await becomesReady(flags, profile.adminQuestions, host, say)) ? 0 : STATUS.refused;
}

/**
 * The same as a step of another command, which may give up the wait: nothing more is said then, and the result is false. One
 * period passes before the first attempt, and the time is up only between attempts (recorded). @throws UsageError
 */
export async function becomesReady(
  flags: FlagValues,
  questions: readonly AdminQuestion[],
  host: Host,
  say: Log,
  signal?: AbortSignal,
): Promise<boolean> {
  checkUrl("url", flags.string("url"));
  const period = flags.int("periodMillis");
  const end = host.clock.now() + flags.int("timeoutSeconds") * 1_000;
  let last = "nothing was asked yet";
  let said = "";
  for (;;) {
    const left = end - host.clock.now();
    await host.clock.sleep(Math.max(0, Math.min(period, left)));
    if (left <= period) break;
    const failure = signal?.aborted ? undefined : await attempt(flags, host);
    if (signal?.aborted) return false;
    if (failure === undefined) {
      say("info", "Envoy is ready!");
      return true;
    }
    const missing = await explanation(questions, host);
    if (signal?.aborted) return false;
    // Counts in the text may rise while the same part is missing.
    if (`${failure} ${missing?.part}` !== said) say("info", `Waiting: ${failure}${missing === undefined ? "" : `; ${missing.text}`}`);
    said = `${failure} ${missing?.part}`;
    last = failure;
  }
  say("error", `timeout waiting for Envoy proxy to become ready. Last error: ${last}`);
  return false;
}

/** Refuses a URL that no wait makes good. @throws UsageError */
export function checkUrl(flag: string, url: string): void {
  const parsed = parseUrl(bytesOfText(url));
  if (!parsed.ok || !requestAddress(parsed.value).ok)
    throw new UsageError(`--${flag} must be a URL with http or https: current value is "${url}"`);
}

async function attempt(flags: FlagValues, host: Host): Promise<string | undefined> {
  const url = flags.string("url");
  const answer = await host.ask({ method: "GET", url, body: "", timeoutMilliseconds: flags.int("requestTimeoutMillis") });
  if (!answer.ok) return `${url}: ${answer.error}`;
  return answer.value.status === 200 ? undefined : `${url}: HTTP status code ${answer.value.status}`;
}

/** What Envoy's own statistics say is missing; undefined when they do not tell. */
async function explanation(questions: readonly AdminQuestion[], host: Host): Promise<Missing | undefined> {
  const [updates, state] = questions;
  if (updates === undefined || state === undefined) return undefined;
  const rules = { updates, state, remembersState: false, drainWithdraws: false, files: [], nameTable: false };
  let known = NOTHING_KNOWN;
  for (;;) {
    const question = nextQuestion(known, rules);
    if (question === undefined) return undefined;
    const answer = await host.ask({ method: "GET", url: `${ADMIN}${question.ask.target}`, body: "", timeoutMilliseconds: EXPLAIN });
    if (!answer.ok || answer.value.status !== 200) return NO_ADMIN;
    const next = judge(known, question, new TextDecoder().decode(answer.value.body));
    if (isMissing(next)) return next;
    known = next;
  }
}
