import type { FlagValues } from "../cli/flag.ts";
import { UsageError } from "../common/errors.ts";
import { STATUS } from "../common/exit-status.ts";
import type { Log } from "../common/notice.ts";
import { type AdminAddress, adminAddress } from "../envoy/admin-address.ts";
import { bytesOfText } from "../go/bytes.ts";
import { joinHostPort } from "../go/host-port.ts";
import { joinPath } from "../go/path.ts";
import { parseUrl, requestAddress } from "../go/url.ts";
import { parseDocument } from "../inputs/document.ts";
import type { Profile } from "../profiles/profile.ts";
import { PORT } from "../settings/ports.ts";
import { evaluate, isMissing, type Missing, NOT_READY, nextQuestion } from "../status/readiness.ts";
import type { CommandCall } from "./command.ts";
import type { WaitFlags } from "./flags.ts";
import type { Host } from "./host.ts";

/** The default directory of the bootstrap. */
const DIRECTORY = "./etc/istio/proxy";
/** The timeout of each request that finds out what is missing, in milliseconds. */
const EXPLAIN_TIMEOUT = 300;

/** The part of a profile about Envoy's admin interface. */
type AdminProfile = Pick<Profile, "adminQuestions" | "epochFile">;

/** The part of the host that a wait uses, except the log. */
export type WaitHost = Pick<Host, "clock" | "httpRequest" | "readFile">;

/** Waits until a page answers 200, and logs to standard error what is missing (contract 1.30 §11.2). @throws UsageError */
export async function wait(
  { choice: { profile }, invocation: { flags, log: logOptions } }: CommandCall<WaitFlags>,
  host: WaitHost & Pick<Host, "openLog">,
): Promise<number> {
  const log = host.openLog(logOptions, "stderr");
  return (await waitUntilReady(flags, profile, host, log)) ? 0 : STATUS.refused;
}

/**
 * Does the same as a step of another command, which may abort the wait: then nothing more is logged and the result is false. One
 * period passes before the first attempt, and the timeout applies only between attempts (recorded). @throws UsageError
 */
export async function waitUntilReady(
  flags: FlagValues<WaitFlags>,
  profile: AdminProfile,
  host: WaitHost,
  log: Log,
  signal?: AbortSignal,
): Promise<boolean> {
  checkUrl("url", flags.string("url"));
  const period = flags.int("periodMillis");
  const end = host.clock.now() + flags.int("timeoutSeconds") * 1_000;
  let last = "no check was made yet";
  let logged = "";
  for (;;) {
    const left = end - host.clock.now();
    await host.clock.sleep(Math.max(0, Math.min(period, left)));
    if (left <= period) break;
    const failure = signal?.aborted ? undefined : await attempt(flags, host);
    if (signal?.aborted) return false;
    if (failure === undefined) {
      log("info", "Envoy is ready!");
      return true;
    }
    const missing = await explanation(profile, host);
    if (signal?.aborted) return false;
    // Counts in the text may change while the same part is missing.
    if (`${failure} ${missing?.part}` !== logged) log("info", `Waiting: ${failure}${missing === undefined ? "" : `; ${missing.text}`}`);
    logged = `${failure} ${missing?.part}`;
    last = failure;
  }
  log("error", `timeout waiting for Envoy proxy to become ready. Last error: ${last}`);
  return false;
}

/** Refuses a URL that cannot be requested. @throws UsageError */
export function checkUrl(flag: string, url: string): void {
  const parsed = parseUrl(bytesOfText(url));
  if (!parsed.ok || !requestAddress(parsed.value).ok)
    throw new UsageError(`--${flag} must be a URL with http or https: current value is "${url}"`);
}

async function attempt(flags: FlagValues<WaitFlags>, host: WaitHost): Promise<string | undefined> {
  const url = flags.string("url");
  const answer = await host.httpRequest({ method: "GET", url, body: "", timeoutMilliseconds: flags.int("requestTimeoutMillis") });
  if (!answer.ok) return `${url}: ${answer.error}`;
  return answer.value.status === 200 ? undefined : `${url}: HTTP status code ${answer.value.status}`;
}

/** Returns what is missing according to Envoy's statistics; undefined if they do not show it. */
async function explanation(profile: AdminProfile, host: WaitHost): Promise<Missing | undefined> {
  const [updates, state] = profile.adminQuestions;
  if (updates === undefined || state === undefined) return undefined;
  const rules = { updates, state, remembersState: false, files: [], nameTable: false };
  const admin = adminOf(profile, host);
  const origin = joinHostPort(admin.host, String(admin.port));
  let known = NOT_READY;
  for (;;) {
    const question = nextQuestion(known, rules);
    if (question === undefined) return undefined;
    const url = `http://${origin}${question.ask.target}`;
    const answer = await host.httpRequest({ method: "GET", url, body: "", timeoutMilliseconds: EXPLAIN_TIMEOUT });
    if (!answer.ok || answer.value.status !== 200) return { part: "admin", text: `Envoy's admin interface does not answer on ${origin}` };
    const next = evaluate(known, question, new TextDecoder().decode(answer.value.body));
    if (isMissing(next)) return next;
    known = next;
  }
}

/** Returns the admin address from the bootstrap in this container; the default where there is none. */
function adminOf({ epochFile }: AdminProfile, host: WaitHost): AdminAddress {
  const file = host.readFile(joinPath(DIRECTORY, `${epochFile(0)}.json`));
  const document = file.kind === "text" ? parseDocument(file.text) : undefined;
  return adminAddress(document?.ok === true ? [document.value] : [], { host: "localhost", port: PORT.admin });
}
