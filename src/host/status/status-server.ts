import { bugText } from "../../inputs/errors.ts";
import type { Log } from "../../inputs/notice.ts";
import { callerLog } from "../../status/caller-log.ts";
import { SUBSTITUTES } from "../../status/media-types.ts";
import { ownMetrics, type PageForm } from "../../status/own-metrics.ts";
import type { AgentMetrics, StatusEvents, StatusServer } from "../../status/ports.ts";
import type { Missing } from "../../status/readiness.ts";
import { emptyReply, type Reply } from "../../status/reply.ts";
import { route } from "../../status/route-reply.ts";
import type { StatusPlan } from "../../status/status-plan.ts";
import { BUILD } from "../build-info.ts";
import { errorCode, reasonOf } from "../read-file.ts";
import { compressed } from "./compress.ts";
import { type Exchange, serveHttp } from "./http-server.ts";
import type { PageMemory } from "./metrics-page.ts";
import { readinessCheck } from "./readiness-check.ts";

/** Opens the status port and serves it until stopped. A port that is taken is told in `problem`, not thrown (spec 1.6 §11, 1.30 §10). */
export async function startStatus(plan: StatusPlan, events: StatusEvents, log: Log, agent: () => AgentMetrics): Promise<StatusServer> {
  const answer = answers(plan, events, log, agent);
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
    return { stop };
  } catch (error) {
    const problem = `Cannot listen on status port ${plan.port}: ${errorCode(error) === "EADDRINUSE" ? "it is taken" : reasonOf(error)}${await holderText(plan.port)}; statusPort of the ProxyConfig names another`;
    log("error", problem);
    return { stop: () => {}, problem };
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

function answers(plan: StatusPlan, events: StatusEvents, log: Log, agent: () => AgentMetrics): Answers {
  const counts = { scrapes: 0, failures: { envoy: 0, application: 0, agent: 0 } };
  const readiness = tellingReadiness(plan, events, log, () => agent().isTakenOver);
  const memory: PageMemory = { substitutes: SUBSTITUTES };
  const [scrapeLog, probeLog] = [callerLog(log, clock), callerLog(log, clock)];
  let isDraining = false;
  const own = (form: PageForm) =>
    ownMetrics(
      { ...counts, ...(readiness.startup() === undefined ? {} : { startupSeconds: readiness.startup() ?? 0 }) },
      agent(),
      processFacts(),
      form,
    );
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

/**
 * Readiness with what is said about it: every change once, not every check. While a new epoch starts the admin interface is
 * the new one's and the old one serves as before, so what was ready stays so.
 */
function tellingReadiness(plan: StatusPlan, events: StatusEvents, log: Log, isTakenOver: () => boolean) {
  const check = readinessCheck(plan, () => false);
  let said: string | undefined;
  let told = Promise.resolve();
  let startupSeconds: number | undefined;
  return {
    startup: () => startupSeconds,
    async check(): Promise<boolean> {
      const wasTakenOver = isTakenOver();
      const missing: Missing | undefined = await check();
      const part = missing?.part ?? "";
      if (said === "" && (wasTakenOver || isTakenOver())) return true;
      if (part !== said) {
        said = part;
        // Looking for a cause takes time; the lines keep their order.
        told = told
          .then(() => (missing === undefined ? log("info", "Envoy proxy is ready") : tell(missing, plan, log)))
          .catch((error: unknown) => log("error", bugText(error)));
      }
      if (missing === undefined && startupSeconds === undefined) {
        startupSeconds = performance.now() / 1_000;
        events.ready();
      }
      return missing === undefined;
    },
  };
}

/** One line, with what can be found out about the cause; the answer does not wait for it. */
async function tell({ text, isNotReceived }: Missing, { readiness: { xds } }: StatusPlan, log: Log): Promise<void> {
  const age = `${Math.round(performance.now() / 1_000)} s since start`;
  const problem = isNotReceived === true && xds !== undefined ? await (await import("./xds-problem.ts")).xdsProblem(xds) : undefined;
  // What is in a file was received, so to say, and is the cause.
  const words = xds?.kind === "files" && problem !== undefined ? text.replaceAll("not received", "cannot be read") : text;
  log("warn", `Envoy proxy is NOT ready: ${words}; ${age}${problem === undefined ? "" : `; ${problem}`}`);
}
