import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { STATUS } from "../common/exit-status.ts";
import { PORT } from "../settings/ports.ts";
import type { CommandCall } from "./command.ts";
import type { RequestFlags } from "./flags.ts";
import type { Host } from "./host.ts";

const TIMEOUT = 60_000;

/** Sends one request to Envoy's admin interface or the agent and prints the answer (contract 1.6 §12, 1.30 §11.1). @throws UsageError */
export async function request(
  { choice: { profile }, invocation: { flags, log: logOptions }, positionals }: CommandCall<RequestFlags>,
  host: Pick<Host, "httpRequest" | "openLog" | "print">,
): Promise<number> {
  const [method, path, body = ""] = positionals;
  if (method === undefined || path === undefined)
    throw new UsageError(`requires at least 2 arg(s), only received ${positionals.length}: give a method and a path, such as GET clusters`);
  // The configured admin port does not count (recorded).
  const port = profile.debugPorts.length === 0 ? PORT.admin : flags.int("debug-port");
  if (profile.debugPorts.length > 0 && !profile.debugPorts.includes(port))
    throw new UsageError(mustBe("debug-port", profile.debugPorts, port));
  const log = host.openLog(logOptions, "stderr");
  const url = `http://localhost:${port}/${path.replace(/^\//, "")}`;
  const answer = await host.httpRequest({ method, url, body, timeoutMilliseconds: TIMEOUT });
  if (!answer.ok) {
    log("error", `Cannot request ${url}: ${answer.error}`);
    return STATUS.refused;
  }
  if (answer.value.status > 399 && answer.value.status !== 404) {
    log("error", `received unsuccessful status code ${answer.value.status}: ${new TextDecoder().decode(answer.value.body)}`);
    return STATUS.refused;
  }
  host.print(answer.value.body);
  host.print("\n");
  return 0;
}
