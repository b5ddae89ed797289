import type { SupervisionContext, SupervisorEffects } from "../../commands/host.ts";
import type { ServiceRow } from "../../commands/service.ts";
import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import type { Command, Event } from "../../supervisor/state.ts";
import { openAdminClient } from "../envoy/admin-client.ts";
import { openLiveness } from "../envoy/liveness.ts";
import { openLogReopener } from "../envoy/reopen-logs.ts";
import { openControllingTerminal } from "../linux/controlling-terminal.ts";
import { listensOn } from "../linux/listens-on.ts";
import { readBaseline } from "../linux/memory-cgroup.ts";
import { serviceGroup } from "../services/service-group.ts";
import { SERVICES } from "../services.ts";
import { loggedReadiness } from "../status/logged-readiness.ts";
import { openAgentMetrics } from "./agent-metrics.ts";
import { awaitReady } from "./await-ready.ts";
import { openEpochs } from "./epochs.ts";
import { performersOf } from "./performers.ts";
import { prepareProcess } from "./prepare-process.ts";
import { openTimers } from "./timers.ts";

/** Milliseconds that the agent waits for the explanation of an Envoy exit before it ends. */
const END_LIMIT = 6_000;

/** Opens what the supervisor's commands act on, and the services that run beside Envoy. Loaded when Envoy runs. */
export async function openEffects(context: SupervisionContext, rows: readonly ServiceRow[] = SERVICES): Promise<SupervisorEffects> {
  const { envoys, environment, log, strict } = context;
  const { push } = envoys;
  const { agent } = context.plan;
  const { supervision } = agent;
  const admin = openAdminClient(agent.admin);
  const epochs = openEpochs(context, readBaseline());
  const agentMetrics = openAgentMetrics();
  const timers = openTimers((timer) => push({ kind: "timer", timer }));
  prepareProcess(push, log);
  const terminal = openControllingTerminal();
  const { awaitLive, wasNotLive } = openLiveness(admin, envoys, (pid) => listensOn(pid, agent.admin.port));
  const reopenLogs = openLogReopener(
    (epoch) => envoys.signal(epoch, "SIGUSR1"),
    envoys.pid,
    (text) => log("warn", text),
  );
  const services = context.services ?? serviceGroup(rows, { log, push, strict });
  const pendingDrains: (() => void)[] = [];
  let isOver = false;
  // Failures during a stop follow from it.
  const readinessLog: Log = (level, text) => (isOver ? undefined : log(level, text));
  const subject = { admin: agent.admin, readiness: agent.services.readiness };
  const readiness = loggedReadiness(subject, {
    // Only while the first epoch is alone is it known which epoch answered.
    ready: () => epochs.isFirstAlone() && push({ kind: "live", epoch: 0 }),
    log: readinessLog,
    isTakenOver: () => agentMetrics.metrics().hasLostAdmin,
    reasons: services.reasons,
  });
  const drain = () =>
    new Promise<void>((resolve) => {
      pendingDrains.push(resolve);
      push({ kind: "drain" });
    });
  await services.openAfter({ agent, environment, log, push, strict, readiness, metrics: agentMetrics.metrics, drain });

  const pending = new Set<Promise<void>>();
  let cause: { readonly text: string; readonly isFailure: boolean } | undefined;
  const untilLive = async (epoch: number, isUrgent = true) => {
    const isLive = await awaitLive(epoch, () => isOver, isUrgent);
    const envoy = envoys.pid(epoch);
    if (isLive)
      await awaitReady(
        () => readiness.check(true),
        () => !isOver && envoys.pid(epoch) === envoy && epochs.isFirstAlone(),
      );
  };
  const close = () => {
    isOver = true;
    services.stop();
  };
  const performers = performersOf({
    context,
    admin,
    epochs,
    services,
    terminal,
    timers,
    reopenLogs,
    untilLive,
    wasNotLive,
    close,
    begin(work) {
      const tracked = work.finally(() => pending.delete(tracked));
      pending.add(tracked);
    },
    drained(event: Event) {
      push(event);
      for (const resolve of pendingDrains.splice(0)) resolve();
    },
    explained(text, isFailure) {
      cause = { text, isFailure };
    },
  });

  void untilLive(0, services.awaitsLive() || supervision.restart !== "never");
  return {
    // The table maps every kind to the performer of its own command.
    start: (command) => (performers[command.kind] as (command: Command) => void)(command),
    bug: (error) => log("error", bugText(error)),
    seen(state) {
      agentMetrics.seen(state);
      epochs.seen(state);
      services.seen(state);
    },
    async end(status) {
      close();
      timers.close();
      await Promise.all([services.end(), Promise.race([Promise.allSettled(pending), Bun.sleep(END_LIMIT)])]);
      epochs.close();
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
