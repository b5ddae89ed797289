import type { SupervisionContext, SupervisorEffects } from "../../commands/host.ts";
import type { ServiceGroup, ServiceRow } from "../../commands/service.ts";
import { bugText } from "../../common/errors.ts";
import type { WhenRoom } from "../../linux/cgroup.ts";
import { startCounts } from "../../mesh/counts.ts";
import { trustBundle } from "../../mesh/trust-bundle.ts";
import type { Readiness } from "../../status/ports.ts";
import { epochsOf, isAdminTakenOver, isEnding } from "../../supervisor/stage.ts";
import { INITIAL, type State } from "../../supervisor/state.ts";
import { type AdminClient, openAdminClient } from "../envoy/admin-client.ts";
import { awaitReady, openLiveness } from "../envoy/liveness.ts";
import { listensOn } from "../linux/listens-on.ts";
import { findMemoryCgroup, readBaseline } from "../linux/memory-cgroup.ts";
import { openMemoryRoom } from "../linux/memory-room.ts";
import { serviceGroup } from "../services/service-group.ts";
import { SERVICES } from "../services.ts";
import { loggedReadiness } from "../status/logged-readiness.ts";
import { openAgentMetrics } from "./agent-metrics.ts";
import { type Epochs, openEpochs } from "./epochs.ts";
import { type Cause, openPerformers } from "./performers.ts";
import { prepareProcess } from "./prepare-process.ts";

/** Milliseconds that the agent waits for the explanation of an Envoy exit before it ends. */
const END_LIMIT = 6_000;

/** The state of the supervisor. */
interface Seen {
  state: State;
}

/** Opens what the supervisor's commands act on, and the services that run beside Envoy. Loaded when Envoy runs. */
export async function openEffects(context: SupervisionContext, rows: readonly ServiceRow[] = SERVICES): Promise<SupervisorEffects> {
  const { envoys, environment, log, sockets, newKey, strict } = context;
  const { push } = envoys;
  const { agent } = context.plan;
  const seen: Seen = { state: INITIAL };
  const admin = openAdminClient(agent.admin);
  const cgroup = findMemoryCgroup();
  const { epoch } = context.epoch;
  const baseline = readBaseline(epoch, envoys.pid(epoch), cgroup);
  const whenRoom = openMemoryRoom(cgroup, baseline.memory?.limit);
  const epochs = openEpochs(context, baseline);
  const agentMetrics = openAgentMetrics();
  prepareProcess(push, log);
  const services = serviceGroup(rows, { log, push, strict });
  const readiness = openReadiness(context, { epochs, services, seen });
  const { untilLive, wasNotLive } = openLiveWaits(context, { admin, epochs, readiness, seen, whenRoom });
  const performers = openPerformers({ context, admin, epochs, services, untilLive, wasNotLive });
  const counts = startCounts();
  const metrics = () => ({ ...agentMetrics.metrics(), ...(agent.services.mesh && { mesh: counts }) });
  const { drain } = performers;
  const bundle = trustBundle();
  const memoryLimit = baseline.memory?.limit;
  const own = { agent, environment, log, push, strict };
  await services.open({ ...own, readiness, metrics, drain, whenRoom, memoryLimit, sockets, newKey, counts, bundle });
  void untilLive(0, services.awaitsLive() || agent.supervision.restart !== "never");
  return {
    start: performers.start,
    bug: (error) => log("error", bugText(error)),
    seen(next) {
      seen.state = next;
      agentMetrics.seen(next);
      epochs.seen(next);
      services.seen(next);
    },
    async end(status) {
      await Promise.all([services.end(), Promise.race([performers.end(), Bun.sleep(END_LIMIT)])]);
      const cause = performers.cause();
      epochs.close();
      await leaveBehind(context, status, cause);
    },
  };
}

/** Opens the check of the proxy's readiness. */
function openReadiness(
  { plan: { agent }, envoys, log }: SupervisionContext,
  { epochs, services, seen }: { readonly epochs: Epochs; readonly services: ServiceGroup; readonly seen: Seen },
): Readiness {
  const subject = { admin: agent.admin, readiness: agent.services.readiness };
  return loggedReadiness(subject, {
    // Only while the first epoch is alone is it known which epoch answered.
    ready: () => epochs.isFirstAlone() && envoys.push({ kind: "live", epoch: 0 }),
    // Failures during a stop follow from it.
    log: (level, text) => (isEnding(seen.state.stage) ? undefined : log(level, text)),
    isAdminTakenOver: () => isAdminTakenOver(seen.state.stage),
    reasons: services.reasons,
    likelyCauses: services.likelyCauses,
    unopened: services.unopened,
    isEnvoyRunning: () => epochsOf(seen.state.stage).length > 0,
    hasNameTable: services.hasNameTable,
  });
}

/** Opens the waits for live epochs. Each continues until the proxy is ready, which the check logs, also without a probe. */
function openLiveWaits(
  { plan: { agent }, envoys }: SupervisionContext,
  context: {
    readonly admin: AdminClient;
    readonly epochs: Epochs;
    readonly readiness: Readiness;
    readonly seen: Seen;
    readonly whenRoom: WhenRoom;
  },
): { readonly untilLive: (epoch: number, isUrgent?: boolean) => Promise<void>; readonly wasNotLive: (epoch: number) => boolean } {
  const { admin, epochs, readiness, seen, whenRoom } = context;
  // Also a stop waits for a new epoch that has the admin interface: only when it is live can connections be counted.
  const isOver = () => isEnding(seen.state.stage) && !isAdminTakenOver(seen.state.stage);
  /** A probe may have found the proxy ready before. */
  const isKnown = (epoch: number) => epochsOf(seen.state.stage).some(({ number, live }) => number === epoch && live);
  const { awaitLive, wasNotLive } = openLiveness(admin, envoys, (pid) => listensOn(pid, agent.admin.port), whenRoom);
  return {
    wasNotLive,
    async untilLive(epoch, isUrgent = true) {
      if (!(await awaitLive(epoch, () => isOver() || isKnown(epoch), isUrgent))) return;
      const envoy = envoys.pid(epoch);
      const isNeeded = () => !isOver() && envoys.pid(epoch) === envoy && epochs.isFirstAlone();
      await awaitReady(() => readiness.check(true), isNeeded, whenRoom);
    },
  };
}

/** Leaves the cause of a failure to the kubelet, and no shared memory. */
async function leaveBehind({ plan, log }: SupervisionContext, status: number, cause: Cause | undefined): Promise<void> {
  const { terminationMessagePath, baseId } = plan.agent.supervision;
  if (cause !== undefined && (status !== 0 || cause.isFailure)) {
    const { writeTerminationMessage } = await import("./termination-message.ts");
    const problem = writeTerminationMessage(terminationMessagePath, cause.text);
    if (problem !== undefined) log("warn", problem);
  }
  if (baseId !== 0) (await import("../envoy/shared-memory.ts")).removeSharedMemory(baseId);
}
