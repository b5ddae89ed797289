import type { Log } from "../../common/notice.ts";
import { emptyReply, type Reply } from "../../http/reply.ts";
import { agentMetrics, type PageForm } from "../../status/agent-metrics.ts";
import { callerLog } from "../../status/caller-log.ts";
import { SUBSTITUTES } from "../../status/media-types.ts";
import type { AgentMetrics, Readiness, StatusEvents } from "../../status/ports.ts";
import { route } from "../../status/route.ts";
import type { StatusPlan } from "../../status/status-plan.ts";
import { BUILD } from "../build-info.ts";
import type { Handler } from "../http/serve-connection.ts";
import type { PageMemory } from "./metrics-page.ts";

const clock = () => performance.now();

/** What the endpoints of the status port use. */
export interface EndpointContext {
  readonly plan: StatusPlan;
  readonly events: StatusEvents;
  readonly log: Log;
  readonly agent: () => AgentMetrics;
  readonly readiness: Readiness;
}

/** Returns the handler of the status port, with the endpoints of its plan. */
export function openEndpoints({ plan, events, log, agent, readiness }: EndpointContext): Handler {
  const counts = { scrapes: 0, failures: { envoy: 0, application: 0, agent: 0 } };
  const memory: PageMemory = { substitutes: SUBSTITUTES };
  const [scrapeLog, probeLog] = [callerLog(log, clock), callerLog(log, clock)];
  let isDraining = false;
  const own = (form: PageForm) => agentMetrics({ ...counts, startupSeconds: readiness.startup() }, agent(), processFacts(), form);
  return async (exchange) => {
    const { head, peer } = exchange;
    const routed = route(head, peer, plan);
    if ("reply" in routed) return routed.reply;
    switch (routed.endpoint) {
      case "ready":
        if (isDraining && plan.drainWithdraws) return emptyReply(503);
        return emptyReply((await readiness.check()) ? 200 : 503);
      case "quit":
        return { ...plain(200, "OK"), sent: events.quit };
      case "drain":
        isDraining = true;
        await events.drain();
        return plain(200, "OK");
      case "metrics":
        counts.scrapes++;
        return await (await import("./metrics-page.ts")).metricsPage({
          plan,
          caller: head.headers,
          query: routed.query,
          disconnected: exchange.disconnected,
          log: scrapeLog,
          own,
          memory,
          failed: (source) => counts.failures[source]++,
        });
      case "probe":
        return await (await import("./app-probe.ts")).probeApplication(routed.path, head.headers, plan, exchange.disconnected, probeLog);
      case "name-table":
        return plain(404, "{}");
    }
  };
}

function plain(status: number, body: string): Reply {
  return { status, headers: [["Content-Type", "text/plain; charset=utf-8"]], body };
}

function processFacts() {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startTime: performance.timeOrigin / 1_000,
    now: Date.now(),
    version: BUILD.version,
    commit: BUILD.commit,
  };
}
