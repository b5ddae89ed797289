import { STATUS } from "../common/exit-status.ts";
import type { Notice } from "../common/notice.ts";
import { envoyCommand } from "../launch/envoy-binary.ts";
import type { CommandCall } from "./command.ts";
import type { ExecHost } from "./exec.ts";
import type { Host, SupervisionContext } from "./host.ts";
import { type PlanHost, readPlan } from "./plan.ts";
import type { StartFailure } from "./service.ts";
import type { SupervisionHost } from "./supervise-envoy.ts";

type ProxyHost = PlanHost &
  ExecHost &
  SupervisionHost &
  Pick<Host, "build" | "openEnvoys" | "openMeshSockets" | "beginKey" | "openLog" | "leaveMessage">;

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
  let started: Started;
  try {
    started = start({ plan, epoch, envoys, log }, host);
  } finally {
    report(await advice());
  }
  const { sockets, failure, newKey } = started;
  if (failure !== undefined) return exitStatus(await giveUp(failure, { plan, epoch, log }, host));
  const { strict } = invocation.switches;
  const { superviseEnvoy } = await import("./supervise-envoy.ts");
  const replan = async () => (await import("./replan.ts")).replan(call, host, agent.services.sockets);
  const status = await superviseEnvoy({ envoys, plan, epoch, sockets, newKey, replan, environment, log, strict }, host);
  return exitStatus(status);
}

type Started = ReturnType<ProxyHost["openMeshSockets"]> & Partial<Pick<SupervisionContext, "newKey">>;

/** Writes the files of an epoch, listens where its Envoy will connect to, and starts it. @throws ConfigError if a file cannot be written */
function start(
  { plan, epoch, envoys, log }: Pick<SupervisionContext, "plan" | "epoch" | "envoys" | "log">,
  host: Pick<ProxyHost, "writeFiles" | "openMeshSockets" | "beginKey">,
): Started {
  const { services, withoutEnvoy } = plan.agent;
  const warn = (text: string) => log("warn", text);
  host.writeFiles(epoch, warn);
  const opened: Started = Object.keys(services.sockets).length > 0 ? host.openMeshSockets(services.sockets, warn) : { sockets: {} };
  if (opened.failure !== undefined) return opened;
  log("info", withoutEnvoy ? "Envoy is not started (DISABLE_ENVOY)" : envoyCommand(epoch));
  const failure = withoutEnvoy ? undefined : envoys.start(epoch);
  if (failure !== undefined) return { ...opened, failure };
  const { warmUp, ca } = services.mesh?.sds ?? {};
  // Envoy waits for the first certificate, and its key takes longest.
  return warmUp === true && ca !== undefined ? { ...opened, newKey: host.beginKey(ca, log) } : opened;
}

/** Reports why Envoy cannot be started, and removes its files. Returns the exit status. */
async function giveUp(
  { problem, status }: StartFailure,
  { plan, epoch, log }: Pick<SupervisionContext, "plan" | "epoch" | "log">,
  host: Pick<ProxyHost, "leaveMessage" | "removeFiles">,
): Promise<number> {
  log("error", problem);
  const unwritten = await host.leaveMessage(plan.agent.supervision.terminationMessagePath, problem);
  if (unwritten !== undefined) log("warn", unwritten);
  host.removeFiles(epoch.temporary);
  return status;
}
