import { STATUS } from "../envoy/exit-status.ts";
import { UsageError } from "../inputs/errors.ts";
import type { Log } from "../inputs/notice.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Host } from "./host.ts";
import { becomesReady, checkUrl } from "./wait.ts";

const QUIT_TIMEOUT = 5_000;

/**
 * Waits for the proxy, runs a command, stops the proxy, and ends with the command's status, so that a batch job needs no
 * script. The proxy is stopped whatever happened: a pod ends only with its last container. @throws UsageError without a command, or for a URL that cannot be asked
 */
export async function runJob({ profile, flags, log }: Invocation, words: readonly string[], host: Host): Promise<number> {
  const [command] = words;
  if (command === undefined) throw new UsageError("run needs a command: run [flags] -- COMMAND [arguments]");
  const url = flags.string("quit-url");
  checkUrl("quit-url", url);
  const say = host.openLog(log, "stderr");
  const status = (await becomesReady(flags, profile.adminQuestions, host, say)) ? await run(words, host, say) : STATUS.refused;
  const answer = await host.ask({ method: "POST", url, body: "", timeoutMilliseconds: QUIT_TIMEOUT });
  if (!answer.ok || answer.value.status !== 200)
    say("warn", `Cannot stop the proxy at ${url}: ${answer.ok ? `HTTP status code ${answer.value.status}` : answer.error}`);
  return status;
}

async function run(words: readonly string[], host: Host, say: Log): Promise<number> {
  const ended = await host.runCommand(words);
  if (ended.problem !== undefined) say("error", `Cannot run "${words[0]}": ${ended.problem}`);
  return ended.status;
}
