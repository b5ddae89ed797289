import { exitText, STATUS } from "../envoy/exit-status.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Notice } from "../inputs/notice.ts";
import type { Choice } from "../profiles/choose.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Event } from "../supervisor/step.ts";
import { supervise } from "../supervisor/supervise.ts";
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
  const envoy = host.openEnvoy();
  const log = host.openLog(invocation.log, "stderr");
  const { build } = host;
  log("info", `attache ${build.version} (${build.commit}), profile ${choice.profile.name}: ${choice.reason}`);
  for (const { level, text } of notices) log(level, text);
  const launch = await plan(invocation, environment, host);
  for (const { level, text } of launch.notices) log(level, text);
  if (envoy.isAskedToStop()) return STATUS.stopped;
  host.writeFiles(launch);
  log("info", `Envoy command: [${launch.args.join(" ")}]`);
  const failure = envoy.launch(launch);
  if (failure !== undefined) {
    log("error", failure.problem);
    host.removeFiles(launch.temporary);
    return invocation.switches.exitStatus === "istio" ? 0 : failure.status;
  }
  const events = { quit: envoy.askToStop, drain: async () => {}, ready: () => {} };
  const server = launch.status === undefined ? undefined : await host.startStatus(launch, launch.status, events, log);
  if (server?.problem !== undefined && launch.status?.strict === true) envoy.askToStop();
  const status = await supervise(
    told(envoy.events, launch.epoch, log, () => server?.stop()),
    envoy.start,
  );
  server?.stop();
  host.removeFiles(launch.temporary);
  return invocation.switches.exitStatus === "istio" ? 0 : status;
}

/** The events as they are, each said in the log. */
async function* told(
  events: AsyncIterable<Event>,
  epoch: number,
  log: ReturnType<Host["openLog"]>,
  stopping: () => void,
): AsyncIterable<Event> {
  for await (const event of events) {
    if (event.kind === "terminate") stopping();
    if (event.kind === "terminate") log("info", `Received ${event.signal}, stopping Envoy`);
    if (event.kind === "deadline") log("warn", "Envoy has not stopped in time, killing it");
    if (event.kind === "exited" && event.exit.code === 0) log("info", `Epoch ${epoch} exited normally`);
    if (event.kind === "exited" && event.exit.code !== 0) log("error", `Epoch ${epoch} exited with error: ${exitText(event.exit)}`);
    yield event;
  }
}
