import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { MalformedBody } from "../../http/body-reader.ts";
import { type Headers, headerOf } from "../../http/message-head.ts";
import { type Source, scrapeRequest } from "../../status/scrape-request.ts";
import type { ScrapeTimeouts } from "../../status/scrape-timeouts.ts";
import { reasonOf } from "../files/read-file.ts";
import type { Answer } from "../http/client.ts";
import { followRedirects } from "../http/follow-redirects.ts";
import { transformed } from "../http/transformed.ts";
import { isBug } from "./is-bug.ts";
import { sourceTime } from "./source-time.ts";

/** What a scrape needs in addition to its address. */
export interface ScrapeContext {
  /** The caller's headers. */
  readonly caller: Headers;
  /** The Accept header for each source. */
  readonly accepts: Readonly<Record<Source, string>>;
  readonly time: ScrapeTimeouts;
  readonly disconnected: AbortSignal;
  /** Called to count a failed source. */
  readonly failed: (source: Source) => void;
  readonly log: Log;
}

/** A source of the metrics page, already requested. Failures are logged and counted, never thrown. */
export interface ScrapedSource {
  /** The head of its answer; undefined when there is none. */
  readonly head: Promise<Answer | undefined>;
  /** Its body, cut to whole lines when it is interrupted; returns whether it is complete. */
  readonly lines: () => AsyncGenerator<Uint8Array, boolean>;
  /** Leaves its answer out of the page, and logs the reason. */
  readonly refuse: (reason: string) => void;
  readonly cut: () => void;
}

const NAMES: Readonly<Record<Source, string>> = { envoy: "Envoy", application: "the application (ISTIO_PROMETHEUS_ANNOTATIONS)" };
const LF = 10;
/** The longest line that is held back, in bytes; no metric has one, and the memory of a page must have a limit. */
const LONGEST_LINE = 1_024 * 1_024;

/** Requests the metrics of a source and follows redirects. */
export function scrapedSource(source: Source, port: string, target: string, context: ScrapeContext): ScrapedSource {
  const time = sourceTime(context.disconnected, context.time);
  const fail = (problem: string) => {
    if (context.disconnected.aborted) {
      context.log("warn", `The scraper disconnected while waiting for the metrics of ${NAMES[source]}`);
      return;
    }
    context.failed(source);
    context.log("error", problem);
  };
  const refuse = (reason: string) => fail(`Cannot scrape the metrics of ${NAMES[source]} on port ${port}: ${reason}`);
  const head = time
    .within(() => headOf(source, port, target, context, time.signal))
    .catch((error: unknown) => {
      refuse(reasonOf(error));
      return undefined;
    });
  return {
    head,
    async *lines() {
      const answer = await head;
      if (answer === undefined) return false;
      time.takeTurn();
      try {
        yield* wholeLines(plainBody(answer), time.within);
        return true;
      } catch (error) {
        if (isBug(error)) context.log("error", bugText(error));
        fail(`Cannot read all metrics of ${NAMES[source]}: ${reasonOf(error)}`);
        return false;
      } finally {
        answer.cut();
      }
    },
    refuse,
    cut: () => void head.then((answer) => answer?.cut()),
  };
}

async function headOf(source: Source, port: string, target: string, context: ScrapeContext, signal: AbortSignal): Promise<Answer> {
  const request = scrapeRequest(port, target, context.accepts[source], context.caller);
  if (!request.ok) throw new Error(request.error);
  const answer = await followRedirects(request.value, { verify: true, otherHosts: true, signal });
  if (answer.status === 200) return answer;
  answer.cut();
  throw new Error(`HTTP status code ${answer.status}`);
}

/** Decompresses a body that is compressed although the request did not accept that. */
function plainBody(answer: Answer): AsyncGenerator<Uint8Array> {
  const encoding = headerOf(answer.headers, "content-encoding")?.toLowerCase();
  if (encoding !== "gzip" && encoding !== "deflate") return answer.body;
  return decompressed(answer.body, encoding);
}

/** Decompresses a body. @throws MalformedBody in place of the exception of the runtime */
async function* decompressed(body: AsyncIterable<Uint8Array>, encoding: "gzip" | "deflate"): AsyncGenerator<Uint8Array> {
  try {
    yield* transformed(body, new DecompressionStream(encoding));
  } catch (error) {
    throw error instanceof TypeError ? new MalformedBody(`The body is not ${encoding}: ${error.message}`) : error;
  }
}

/**
 * Holds back each piece until the next one arrives, and yields only its whole lines when none does: half a line at the end makes a whole
 * page unreadable. Pieces without a line end are held together, up to the longest line. @throws Error that the pieces throw
 */
async function* wholeLines(
  pieces: AsyncGenerator<Uint8Array>,
  within: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = Buffer.alloc(0);
  try {
    for (let next = await within(() => pieces.next()); next.done !== true; next = await within(() => pieces.next())) {
      const isReady = held.includes(LF) || held.length >= LONGEST_LINE;
      if (isReady) yield held;
      held = isReady || held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    }
  } catch (error) {
    yield held.subarray(0, held.lastIndexOf(LF) + 1);
    throw error;
  }
  yield held;
}
