import { ConfigError } from "../common/errors.ts";
import type { Log } from "../common/notice.ts";
import { envoyCommand } from "../launch/envoy-binary.ts";
import type { Planned } from "../launch/plan.ts";
import type { Host } from "./host.ts";
import type { PlanCall } from "./plan.ts";
import { identityText } from "./proxy-identity.ts";
import { reportWorkers } from "./report-workers.ts";

const NEEDS = {
  resources:
    "with --xds agent Envoy gets its resources from the agent, so the agent must keep running; use --xds file:DIR or --xds direct (ATTACHE_XDS)",
  certificates:
    "Envoy gets the certificates of its connection to the control plane from the agent, so the agent must keep running; use certificate files for it (PROV_CERT), or plain text (controlPlaneAuthPolicy NONE)",
} as const;

export type ExecHost = Pick<Host, "writeFiles" | "removeFiles" | "countWorkers" | "execEnvoy">;

/** Replaces this process with Envoy. Returns the exit status only if that fails. @throws ConfigError if --exec cannot be used */
export async function exec({ agent, epoch }: Planned, call: PlanCall, log: Log, host: ExecHost): Promise<number> {
  const { envoyNeeds = "nothing" } = agent.services.mesh ?? {};
  if (envoyNeeds !== "nothing") throw new ConfigError("Cannot use --exec", [`${NEEDS[envoyNeeds]}, or remove --exec (ATTACHE_EXEC)`]);
  if (agent.withoutEnvoy) throw new ConfigError("Cannot use --exec", ["DISABLE_ENVOY is set, so there is no Envoy to exec"]);
  host.writeFiles(epoch, (text) => log("warn", text));
  log("info", envoyCommand(epoch));
  log("info", identityText(agent));
  log(
    "warn",
    "Replacing attache with Envoy (--exec): without drain before a stop, reaping of orphans, status port (so Envoy's readiness listener answers 503), restarts and reports of why Envoy exited",
  );
  await reportWorkers(epoch, call.environment, host, log);
  const { problem, status } = await host.execEnvoy(epoch);
  log("error", problem);
  host.removeFiles(epoch.temporary);
  return status;
}
