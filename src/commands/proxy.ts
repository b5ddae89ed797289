import { STATUS } from "../common/exit-status.ts";
import type { Log, Notice } from "../common/notice.ts";
import { envoyCommand } from "../launch/envoy-binary.ts";
import type { EpochPlan } from "../launch/plan.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { CommandCall } from "./command.ts";
import type { ExecHost } from "./exec.ts";
import type { Host } from "./host.ts";
import { type PlanHost, readPlan } from "./plan.ts";
import type { MeshSockets, StartFailure } from "./service.ts";
import type { SupervisionHost } from "./supervise-envoy.ts";

type ProxyHost = PlanHost &
  ExecHost &
  SupervisionHost &
  Pick<Host, "build" | "openEnvoys" | "openMeshSockets" | "openLog" | "leaveMessage">;

/** Renders the bootstrap, starts Envoy and supervises it to the end. Returns the agent's exit status. @throws UsageError, ConfigError */
export async function proxy(call: CommandCall<readonly []>, host: ProxyHost): Promise<number> {
  const { invocation, choice, notices, environment } = call;
  const envoys = host.openEnvoys();
  const log = host.openLog(invocation.log, "stderr");
  const { build } = host;
  log("info", `attache ${build.version} (${build.commit}), profile ${choice.profile.name}, ${choice.reason}`);
  const report = (found: readonly Notice[]) => {
    for (const { level, text } of found) log(level, text);
  };
  report(notices);
  const exitStatus = (status: number) => (invocation.switches.exitStatus === "istio" ? 0 : status);
  const { plan, epoch, advice } = await readPlan(call, host);
  const { agent } = plan;
  report([...agent.notices, ...epoch.notices]);
  if (envoys.isStopRequested()) return STATUS.stopped;
  if (invocation.switches.exec) {
    report(await advice());
    return exitStatus(await (await import("./exec.ts")).exec({ agent, epoch }, call, log, host));
  }
  const { strict } = invocation.switches;
  let sockets: MeshSockets = {};
  let failure: StartFailure | undefined;
  try {
    host.writeFiles(epoch, (text) => log("warn", text));
    const { sockets: paths } = agent.services;
    if (Object.keys(paths).length > 0) ({ sockets, failure } = host.openMeshSockets(paths, (text) => log("warn", text)));
    if (failure === undefined) {
      log("info", agent.withoutEnvoy ? "Envoy is not started (DISABLE_ENVOY)" : envoyCommand(epoch));
      failure = agent.withoutEnvoy ? undefined : envoys.start(epoch);
    }
  } finally {
    report(await advice());
  }
  if (failure !== undefined) {
    return exitStatus(await giveUp(failure, invocation, epoch, log, host));
  }
  const { superviseEnvoy } = await import("./supervise-envoy.ts");
  const replan = async () => (await readPlan(call, host)).plan;
  const status = await superviseEnvoy({ envoys, plan, epoch, sockets, replan, environment, log, strict }, host);
  return exitStatus(status);
}

/** Reports why Envoy cannot be started, and removes its files. Returns the exit status. */
async function giveUp(
  { problem, status }: StartFailure,
  { switches }: Invocation,
  { temporary }: EpochPlan,
  log: Log,
  host: ProxyHost,
): Promise<number> {
  log("error", problem);
  const unwritten = await host.leaveMessage(switches.terminationMessagePath, problem);
  if (unwritten !== undefined) log("warn", unwritten);
  host.removeFiles(temporary);
  return status;
}
