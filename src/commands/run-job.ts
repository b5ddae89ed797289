import { mustBe } from "../cli/switches.ts";
import { bugText, UsageError } from "../common/errors.ts";
import { type JobCommand, type JobRules, type JobState, QUITS } from "../supervisor/job-state.ts";
import { jobStep } from "../supervisor/job-step.ts";
import type { CommandCall } from "./command.ts";
import type { RunFlags } from "./flags.ts";
import type { Host, Job } from "./host.ts";
import { checkUrl, type WaitHost, waitUntilReady } from "./wait.ts";

const QUIT_TIMEOUT = 5_000;

/**
 * Waits for the proxy, runs a job, stops the proxy according to `--quit`, and returns the job's exit status.
 * @throws UsageError without a command, or for an invalid flag; ConfigError if jobs cannot be run here
 */
export async function runJob(
  { choice: { profile }, invocation: { flags, log: logOptions }, positionals }: CommandCall<RunFlags>,
  host: WaitHost & Pick<Host, "openJob" | "openLog">,
): Promise<number> {
  if (positionals[0] === undefined) throw new UsageError("run needs a command: run [flags] -- COMMAND [arguments]");
  const quit = quitOf(flags.string("quit"));
  const quitUrl = flags.string("quit-url");
  for (const flag of ["url", "quit-url"] as const) checkUrl(flag, flags.string(flag));
  const job = await host.openJob(positionals);
  const log = host.openLog(logOptions, "stderr");
  const waiting = new AbortController();
  const awaitReadiness = async () => {
    const isReady = await waitUntilReady(flags, profile, host, log, waiting.signal);
    job.push({ kind: isReady ? "ready" : "not-ready" });
  };
  const quitProxy = async () => {
    const problem = await requestQuit(quitUrl, host);
    job.push({ kind: "quit-answered", ...(problem === undefined ? {} : { problem }) });
  };
  const begin = (started: Promise<void>) => void started.catch((error: unknown) => job.push({ kind: "fail", bug: bugText(error) }));
  begin(awaitReadiness());
  return await superviseJob({ quit, isInteractive: job.isInteractive }, job, (command) => {
    if (command.kind === "stop-waiting") waiting.abort();
    else if (command.kind === "quit") begin(quitProxy());
    else if (command.kind === "log") log(command.level, command.text);
    else job.start(command);
  });
}

/** Feeds events to the step function and performs its commands until the job is done. Returns the exit status. */
async function superviseJob(rules: JobRules, { events }: Pick<Job, "events">, perform: (command: JobCommand) => void): Promise<number> {
  let state: JobState = { kind: "waiting" };
  for await (const event of events) {
    const [next, commands] = jobStep(rules, state, event);
    state = next;
    for (const command of commands) perform(command);
    if (state.kind === "done") return state.status;
  }
  throw new Error("The events ended before the job did");
}

/** Requests the proxy to stop. Returns why it does not, if so. */
async function requestQuit(url: string, host: Pick<Host, "httpRequest">): Promise<string | undefined> {
  const answer = await host.httpRequest({ method: "POST", url, body: "", timeoutMilliseconds: QUIT_TIMEOUT });
  if (answer.ok && answer.value.status === 200) return undefined;
  return `Cannot stop the proxy at ${url}: ${answer.ok ? `HTTP status code ${answer.value.status}` : answer.error}`;
}

/** @throws UsageError */
function quitOf(value: string): JobRules["quit"] {
  const found = QUITS.find((each) => each === value);
  if (found === undefined) throw new UsageError(mustBe("quit", QUITS, value));
  return found;
}
