import type { SupervisionContext, SupervisorEffects } from "../../commands/host.ts";
import type { ServiceRow } from "../../commands/service.ts";
import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { startCounts } from "../../mesh/counts.ts";
import { trustBundle } from "../../mesh/trust-bundle.ts";
import { isAdminTakenOver, isEnding } from "../../supervisor/stage.ts";
import { INITIAL, type State } from "../../supervisor/state.ts";
import { openAdminClient } from "../envoy/admin-client.ts";
import { awaitReady, openLiveness } from "../envoy/liveness.ts";
import { listensOn } from "../linux/listens-on.ts";
import { readBaseline } from "../linux/memory-cgroup.ts";
import { serviceGroup } from "../services/service-group.ts";
import { SERVICES } from "../services.ts";
import { loggedReadiness } from "../status/logged-readiness.ts";
import { openAgentMetrics } from "./agent-metrics.ts";
import { openEpochs } from "./epochs.ts";
import { openPerformers } from "./performers.ts";
import { prepareProcess } from "./prepare-process.ts";

/** Milliseconds that the agent waits for the explanation of an Envoy exit before it ends. */
const END_LIMIT = 6_000;

/** Opens what the supervisor's commands act on, and the services that run beside Envoy. Loaded when Envoy runs. */
export async function openEffects(context: SupervisionContext, rows: readonly ServiceRow[] = SERVICES): Promise<SupervisorEffects> {
  const { envoys, environment, log, sockets, strict } = context;
  const { push } = envoys;
  const { agent } = context.plan;
  const { supervision } = agent;
  let state: State = INITIAL;
  const isOver = () => isEnding(state.stage);
  const admin = openAdminClient(agent.admin);
  const epochs = openEpochs(context, readBaseline());
  const agentMetrics = openAgentMetrics();
  prepareProcess(push, log);
  const { awaitLive, wasNotLive } = openLiveness(admin, envoys, (pid) => listensOn(pid, agent.admin.port));
  const services = serviceGroup(rows, { log, push, strict });
  // Failures during a stop follow from it.
  const readinessLog: Log = (level, text) => (isOver() ? undefined : log(level, text));
  const subject = { admin: agent.admin, readiness: agent.services.readiness };
  const readiness = loggedReadiness(subject, {
    // Only while the first epoch is alone is it known which epoch answered.
    ready: () => epochs.isFirstAlone() && push({ kind: "live", epoch: 0 }),
    log: readinessLog,
    isAdminTakenOver: () => isAdminTakenOver(state.stage),
    reasons: services.reasons,
    likelyCauses: services.likelyCauses,
    hasNameTable: services.hasNameTable,
  });
  /** Waits until an epoch is live, then until the proxy is ready, which the check logs, also without a probe. */
  const untilLive = async (epoch: number, isUrgent = true) => {
    if (!(await awaitLive(epoch, isOver, isUrgent))) return;
    const envoy = envoys.pid(epoch);
    const isNeeded = () => !isOver() && envoys.pid(epoch) === envoy && epochs.isFirstAlone();
    await awaitReady(() => readiness.check(true), isNeeded);
  };
  const performers = openPerformers({ context, admin, epochs, services, untilLive, wasNotLive });
  const counts = startCounts();
  const metrics = () => ({ ...agentMetrics.metrics(), ...(agent.services.mesh && { mesh: counts }) });
  const { drain } = performers;
  await services.open({ agent, environment, log, push, strict, readiness, metrics, drain, sockets, counts, bundle: trustBundle() });
  void untilLive(0, services.awaitsLive() || supervision.restart !== "never");
  return {
    start: performers.start,
    bug: (error) => log("error", bugText(error)),
    seen(next) {
      state = next;
      agentMetrics.seen(next);
      epochs.seen(next);
      services.seen(next);
    },
    async end(status) {
      await Promise.all([services.end(), Promise.race([performers.end(), Bun.sleep(END_LIMIT)])]);
      epochs.close();
      const cause = performers.cause();
      if (cause !== undefined && (status !== 0 || cause.isFailure)) await leaveMessage(supervision.terminationMessagePath, cause.text, log);
      if (supervision.baseId !== 0) (await import("../envoy/shared-memory.ts")).removeSharedMemory(supervision.baseId);
    },
  };
}

async function leaveMessage(path: string, cause: string, log: Log): Promise<void> {
  const { writeTerminationMessage } = await import("./termination-message.ts");
  const problem = writeTerminationMessage(path, cause);
  if (problem !== undefined) log("warn", problem);
}
