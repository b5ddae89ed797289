import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { emptyReply, type Reply } from "../../http/reply.ts";
import { callerLog } from "../../status/caller-log.ts";
import { SUBSTITUTES } from "../../status/media-types.ts";
import { ownMetrics, type PageForm } from "../../status/own-metrics.ts";
import type { AgentMetrics, StatusEvents, StatusServer } from "../../status/ports.ts";
import { route } from "../../status/route-reply.ts";
import type { StatusPlan } from "../../status/status-plan.ts";
import { BUILD } from "../build-info.ts";
import type { Exchange } from "../http/serve-connection.ts";
import { serveHttp } from "../http/server.ts";
import { errorCode, reasonOf } from "../read-file.ts";
import { compressed } from "./compress.ts";
import type { PageMemory } from "./metrics-page.ts";
import { type TellingReadiness, tellingReadiness } from "./telling-readiness.ts";

/** Opens the status port and serves it until stopped. A port that is taken is told in `problem`, not thrown (spec 1.6 §11, 1.30 §10). */
export async function startStatus(plan: StatusPlan, events: StatusEvents, log: Log, agent: () => AgentMetrics): Promise<StatusServer> {
  const readiness = tellingReadiness(plan, events.ready, log, () => agent().isTakenOver);
  const isReady = () => readiness.check(true);
  const answer = answers(plan, events, log, agent, readiness);
  const bugs = callerLog(log, clock);
  try {
    const { stop } = serveHttp(
      plan.port,
      async (exchange) => {
        const reply = await answer(exchange);
        return plan.compresses ? compressed(reply, exchange.head.headers) : reply;
      },
      (error) => bugs("error", bugText(error)),
    );
    log("info", `Opening status port ${plan.port}`);
    return { stop, isReady };
  } catch (error) {
    const problem = `Cannot listen on status port ${plan.port}: ${errorCode(error) === "EADDRINUSE" ? "it is taken" : reasonOf(error)}${await holderText(plan.port)}; statusPort of the ProxyConfig names another`;
    log("error", problem);
    return { stop: () => {}, isReady, problem };
  }
}

/** Who holds a port, where that can be seen. */
async function holderText(port: number): Promise<string> {
  const { holderOf } = await import("../care/port-holder.ts");
  const holder = holderOf(port);
  return holder === undefined ? "" : ` by process ${holder.pid} (${holder.name})`;
}

const clock = () => performance.now();

type Answers = (exchange: Exchange) => Promise<Reply>;

function answers(plan: StatusPlan, events: StatusEvents, log: Log, agent: () => AgentMetrics, readiness: TellingReadiness): Answers {
  const counts = { scrapes: 0, failures: { envoy: 0, application: 0, agent: 0 } };
  const memory: PageMemory = { substitutes: SUBSTITUTES };
  const [scrapeLog, probeLog] = [callerLog(log, clock), callerLog(log, clock)];
  let isDraining = false;
  const own = (form: PageForm) => ownMetrics({ ...counts, startupSeconds: readiness.startup() }, agent(), processFacts(), form);
  return async ({ head, peer, gone }) => {
    const routed = route(head, peer, plan);
    if ("reply" in routed) return routed.reply;
    switch (routed.endpoint) {
      case "ready":
        if (isDraining && plan.readiness.drainWithdraws) return emptyReply(503);
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
          gone,
          log: scrapeLog,
          own,
          memory,
          failed: (source) => counts.failures[source]++,
        });
      case "probe":
        return await (await import("./app-probe.ts")).probeApplication(routed.path, head.headers, plan, gone, probeLog);
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
    version: BUILD.version,
    commit: BUILD.commit,
  };
}
