import type { Log } from "../../inputs/notice.ts";
import { COMPRESS_FROM } from "../../status/encoding.ts";
import { APPLICATION_TYPES, ENVOY_TYPES, mergedType, narrowAccept } from "../../status/media-types.ts";
import { type Headers, headerOf } from "../../status/message-head.ts";
import type { PageForm } from "../../status/own-metrics.ts";
import { isPort, targetOf } from "../../status/probe-request.ts";
import { emptyReply, type Reply } from "../../status/reply.ts";
import { scrapeTimeout } from "../../status/scrape-timeout.ts";
import { sniffedType } from "../../status/sniff.ts";
import type { StatusPlan } from "../../status/status-plan.ts";
import { reasonOf } from "../read-file.ts";
import { timeLimit } from "../time-limit.ts";
import { type Answer, call } from "./http-client.ts";
import { transformed } from "./transformed.ts";

export type Source = "envoy" | "application";

/** What the page needs besides the plan. */
export interface PageContext {
  readonly plan: StatusPlan;
  readonly gone: AbortSignal;
  /** Counts a source that failed. */
  readonly failed: (source: Source) => void;
  /** The agent's own families, asked for when the sources have answered. */
  readonly own: (form: PageForm) => string;
  readonly log: Log;
}

const NAMES: Readonly<Record<Source, string>> = { envoy: "Envoy", application: "the application (ISTIO_PROMETHEUS_ANNOTATIONS)" };

/** Bytes of a page after which what is left of them is collected. */
const COLLECT_EVERY = 2 * 1_048_576;
const TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds";

/**
 * The merged page: own families, Envoy's, the application's, passed on as they come. The status is settled when both sources
 * have answered their heads or failed; one that breaks later ends the connection unless nothing of it was passed on yet
 * (spec 1.6 §11.2, 1.30 §10.3).
 */
export async function metricsPage(caller: Headers, query: string, context: PageContext): Promise<Reply> {
  const { plan, gone, own } = context;
  const { metrics } = plan;
  const seconds = scrapeTimeout(headerOf(caller, TIMEOUT_HEADER.toLowerCase()));
  const signal = seconds === undefined ? gone : AbortSignal.any([gone, timeLimit(seconds * 1_000)]);
  const [envoy, application] = await Promise.all([
    metrics.envoyPort === undefined ? undefined : scrape("envoy", envoyTarget(query, plan), metrics.envoyPort, caller, signal, context),
    metrics.application === undefined
      ? undefined
      : scrape("application", targetOf(metrics.application.path), Number(metrics.application.port), caller, signal, context),
  ]);
  const hasFailed =
    (metrics.envoyPort !== undefined && envoy === undefined) || (metrics.application !== undefined && application === undefined);
  if (metrics.allOrNothing && hasFailed) {
    envoy?.cut();
    application?.cut();
    return emptyReply(500);
  }
  const type = metrics.negotiates ? mergedType(application && headerOf(application.headers, "content-type")) : undefined;
  const pieces = concatenated(
    metrics.own ? own(type?.startsWith("application/openmetrics-text") ? "openmetrics" : "text") : "",
    [
      ["envoy", envoy],
      ["application", application],
    ],
    context,
  );
  try {
    const held = await hold(pieces);
    const seen = type ?? sniffedType(held.beginning);
    return { status: 200, headers: seen === undefined ? [] : [["Content-Type", seen]], body: held.isAll ? held.beginning : held.stream };
  } catch {
    return emptyReply(500);
  }
}

function envoyTarget(query: string, { metrics }: StatusPlan): string {
  return metrics.forwardsQuery && query !== "" ? `/stats/prometheus?${query}` : "/stats/prometheus";
}

async function scrape(
  source: Source,
  target: string | undefined,
  port: number,
  caller: Headers,
  signal: AbortSignal,
  { plan, failed, log }: PageContext,
): Promise<Answer | undefined> {
  try {
    if (target === undefined || !isPort(port)) throw new Error("it is no address a request can go to");
    const headers = [["Host", `localhost:${port}`] as const, ...forwarded(source, caller, plan)];
    const answer = await call({ host: "localhost", port, method: "GET", target, headers, signal });
    if (answer.status === 200) return answer;
    answer.cut();
    throw new Error(`HTTP status code ${answer.status}`);
  } catch (error) {
    failed(source);
    log("error", `Cannot scrape the metrics of ${NAMES[source]} on port ${port}: ${reasonOf(error)}`);
    return undefined;
  }
}

/** What is asked of a source in the caller's words; an empty header is none. */
function forwarded(source: Source, caller: Headers, { metrics }: StatusPlan): Headers {
  const accept = headerOf(caller, "accept") ?? "";
  const narrowed = metrics.negotiates ? narrowAccept(accept, source === "envoy" ? ENVOY_TYPES : APPLICATION_TYPES) : accept;
  const copied = ["User-Agent", TIMEOUT_HEADER].map((name) => [name, headerOf(caller, name.toLowerCase()) ?? ""] as const);
  return [["Accept", narrowed] as const, ...copied].filter(([, value]) => value !== "");
}

type Sources = readonly (readonly [Source, Answer | undefined])[];

async function* concatenated(own: string, sources: Sources, { plan, failed, log }: PageContext): AsyncGenerator<Uint8Array> {
  if (own !== "") yield Buffer.from(own);
  let uncollected = 0;
  try {
    for (const [source, answer] of sources) {
      if (answer === undefined) continue;
      let passed = 0;
      try {
        for await (const piece of plainBody(answer)) {
          passed += piece.length;
          yield piece;
          uncollected += piece.length;
          if (uncollected < COLLECT_EVERY) continue;
          uncollected = 0;
          // Pieces that were passed on are garbage outside the heap, where the collector does not see how much it is.
          Bun.gc(true);
        }
      } catch (error) {
        failed(source);
        log("error", `Cannot read the metrics of ${NAMES[source]} to their end: ${reasonOf(error)}`);
        if (passed > 0 || plan.metrics.allOrNothing) throw error;
      }
    }
  } finally {
    for (const [, answer] of sources) answer?.cut();
  }
}

/** The body without a compression nobody asked for. */
function plainBody(answer: Answer): AsyncIterable<Uint8Array> {
  const encoding = headerOf(answer.headers, "content-encoding")?.toLowerCase();
  if (encoding !== "gzip" && encoding !== "deflate") return answer.body;
  return transformed(answer.body, new DecompressionStream(encoding));
}

/** The first pieces, up to the size that decides about compression; then all of them as one stream. */
async function hold(
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ readonly isAll: boolean; readonly beginning: Uint8Array; readonly stream: AsyncIterable<Uint8Array> }> {
  const held: Uint8Array[] = [];
  let size = 0;
  while (size < COMPRESS_FROM) {
    const next = await pieces.next();
    if (next.done === true) return { isAll: true, beginning: Buffer.concat(held), stream: pieces };
    held.push(next.value);
    size += next.value.length;
  }
  const beginning = Buffer.concat(held);
  return { isAll: false, beginning, stream: resumed(beginning, pieces) };
}

async function* resumed(beginning: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield beginning;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
