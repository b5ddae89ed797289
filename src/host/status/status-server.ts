import { bugText, ConfigError } from "../../common/errors.ts";
import { callerLog } from "../../status/caller-log.ts";
import type { StatusServer } from "../../status/ports.ts";
import { COMPRESS_FROM } from "../../status/status-plan.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { LIMITS, type Limits } from "../http/limits.ts";
import { serveHttp } from "../http/server.ts";
import { type EndpointContext, openEndpoints } from "./endpoints.ts";

/** Why a low port may be refused. */
const PRIVILEGED = ": ports below 1024 need root or the capability NET_BIND_SERVICE";

/** Opens the status port and serves it until stopped (contract 1.6 §11, 1.30 §10). @throws ConfigError when it cannot listen */
export async function startStatus(context: EndpointContext): Promise<StatusServer> {
  const { plan, log } = context;
  const handler = openEndpoints(context);
  const bugs = callerLog(log, () => performance.now());
  const limits: Limits = plan.compresses ? { ...LIMITS, compressFrom: COMPRESS_FROM } : LIMITS;
  try {
    const { stop } = serveHttp(plan.port, handler, (error) => bugs("error", bugText(error)), limits);
    log("info", `Opening status port ${plan.port}`);
    return { stop };
  } catch (error) {
    const reason = errorCode(error) === "EADDRINUSE" ? "it is in use" : reasonOf(error);
    const isPrivileged = errorCode(error) === "EACCES" && plan.port < 1024;
    throw new ConfigError(`Cannot listen on status port ${plan.port}`, [
      `${reason}${isPrivileged ? PRIVILEGED : await holderText(plan.port)}; set another port with statusPort in the ProxyConfig`,
    ]);
  }
}

/** Names the process that holds a port, if it can be seen. */
async function holderText(port: number): Promise<string> {
  const { portHolder } = await import("../linux/port-holder.ts");
  const holder = portHolder(port);
  return holder === undefined ? "" : ` by process ${holder.pid} (${holder.name})`;
}
