import { STATUS } from "../common/exit-status.ts";
import type { Log, Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { envoyCommand } from "../launch/envoy-binary.ts";
import type { Launch } from "../launch/launch.ts";
import type { Choice } from "../profiles/choose.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Host } from "./host.ts";
import { plan } from "./plan.ts";

/** Renders the bootstrap, starts Envoy and looks after it to the end. Returns the agent's exit status. @throws UsageError, ConfigError */
export async function proxy(
  invocation: Invocation,
  choice: Choice,
  notices: readonly Notice[],
  environment: Environment,
  host: Host,
): Promise<number> {
  const envoys = host.openEnvoys();
  const log = host.openLog(invocation.log, "stderr");
  const { build } = host;
  log("info", `attache ${build.version} (${build.commit}), profile ${choice.profile.name}: ${choice.reason}`);
  for (const { level, text } of notices) log(level, text);
  const told = (status: number) => (invocation.switches.exitStatus === "istio" ? 0 : status);
  const commands = invocation.switches.exec ? await import("./exec.ts") : undefined;
  commands?.checkExec(invocation);
  const launchOf = await plan(invocation, environment, host);
  const launch = launchOf(0);
  for (const { level, text } of launch.notices) log(level, text);
  if (envoys.isAskedToStop()) return STATUS.stopped;
  host.writeFiles(launch, (text) => log("warn", text));
  log("info", launch.withoutEnvoy ? "No Envoy is started (DISABLE_ENVOY)" : envoyCommand(launch));
  if (commands !== undefined) return told(await commands.exec(launch, environment, host, log));
  const failure = launch.withoutEnvoy ? undefined : envoys.launch(launch);
  if (failure !== undefined) return told(await giveUp(failure, invocation, launch, log, host));
  const { lookAfter } = await import("./look-after.ts");
  const replan = () => plan(invocation, environment, host);
  const status = await lookAfter(
    launch.supervision,
    { envoys, launch, first: launchOf, replan, environment, log, strict: invocation.switches.strict },
    host,
  );
  return told(status);
}

/** An Envoy that cannot be started leaves its reason, and no file. */
async function giveUp(
  { problem, status }: { readonly problem: string; readonly status: number },
  { switches }: Invocation,
  launch: Launch,
  log: Log,
  host: Host,
): Promise<number> {
  log("error", problem);
  const unwritten = await host.leaveMessage(switches.terminationMessagePath, problem);
  if (unwritten !== undefined) log("warn", unwritten);
  host.removeFiles(launch.temporary);
  return status;
}
