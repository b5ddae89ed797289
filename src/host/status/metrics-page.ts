import { bytesOfText } from "../../go/bytes.ts";
import { headerOf } from "../../http/message-head.ts";
import { emptyReply, type Reply } from "../../http/reply.ts";
import { sniffedType } from "../../http/sniff.ts";
import type { PageForm } from "../../status/agent-metrics.ts";
import { mergedType, type Substitutes } from "../../status/media-types.ts";
import { mergedBodies, typeOfAll } from "../../status/merged-bodies.ts";
import { acceptsFor, TIMEOUT_HEADER } from "../../status/scrape-request.ts";
import { scrapeTimeouts } from "../../status/scrape-timeouts.ts";
import { COMPRESS_FROM, type StatusPlan } from "../../status/status-plan.ts";
import type { Answer } from "../http/client.ts";
import { type ScrapeContext, type ScrapedSource, scrapedSource } from "./scraped-source.ts";
import { scrapeSeveral } from "./several-targets.ts";

/** What the page needs in addition to a source. */
export interface PageContext extends Omit<ScrapeContext, "time" | "accepts"> {
  readonly plan: StatusPlan;
  readonly query: string;
  /** Returns the agent's own metrics; called when the page begins. */
  readonly own: (form: PageForm) => string;
  readonly memory: PageMemory;
}

/** State kept from one page to the next. */
export interface PageMemory {
  /** The type of the page from the latest answer of the application to a caller that accepts OpenMetrics; undefined before the first. */
  type?: string;
  substitutes: Substitutes;
}

const OPEN_METRICS = "application/openmetrics-text";

/** The page in progress. */
interface Page {
  /** Undefined when it is detected from the beginning of the page. */
  readonly type: string | undefined;
  /** Whether the answer has been started, so that its status can no longer change. */
  hasStarted: boolean;
  /** Whether the caller accepts the application's OpenMetrics. */
  readonly takesOpenMetrics: boolean;
}

class PartIsMissing extends Error {}

/**
 * Returns the merged page: the agent's own metrics, then those of Envoy and of the application, passed on as they arrive. A source that is late or
 * interrupted loses only its own part, and the page ends complete before the scrape times out (contract 1.6 §11.2, 1.30 §10.3).
 */
export async function metricsPage(context: PageContext): Promise<Reply> {
  const { plan, query, caller, own, memory } = context;
  const { envoyPort, application: target, applications, allOrNothing, forwardsQuery, negotiates } = plan.metrics;
  const accepts = acceptsFor(caller, plan.metrics, memory.substitutes);
  memory.substitutes = accepts.substitutes;
  const takesOpenMetrics = !plan.metrics.narrowsAccept || accepts.application.includes(OPEN_METRICS);
  const scrape: ScrapeContext = { ...context, accepts, time: scrapeTimeouts(headerOf(caller, TIMEOUT_HEADER.toLowerCase())) };
  const path = forwardsQuery && query !== "" ? `/stats/prometheus?${query}` : "/stats/prometheus";
  const envoy = envoyPort === undefined ? undefined : scrapedSource("envoy", String(envoyPort), path, scrape);
  const application = target && scrapedSource("application", target.port, bytesOfText(target.path), scrape);
  const several = applications && scrapeSeveral(applications, scrape);
  const sources = [envoy, application].filter((each) => each !== undefined);
  try {
    if (allOrNothing && (await Promise.all(sources.map(({ head }) => head))).includes(undefined)) throw new PartIsMissing();
    const [type] = await Promise.all([
      several?.then(typeOfAll) ?? (negotiates ? typeOf(application, takesOpenMetrics, scrape, memory) : undefined),
      // The agent's own metrics count failures; a late Envoy is not awaited.
      envoy && firstOf(envoy.head, scrape.time.applicationType, undefined),
    ]);
    const page: Page = { type, hasStarted: false, takesOpenMetrics };
    const ownText = plan.metrics.includesAgent ? own(isOpenMetrics(page) ? "openmetrics" : "text") : "";
    const held = await hold(
      merged(ownText, envoy, several === undefined ? application : mergedBodies(await several, isOpenMetrics(page)), page, context),
    );
    page.hasStarted = true;
    const contentType = type ?? sniffedType(held.beginning);
    return {
      status: 200,
      headers: contentType === undefined ? [] : [["Content-Type", contentType]],
      body: held.isAll ? held.beginning : held.stream,
    };
  } catch (error) {
    for (const source of sources) source.cut();
    if (error instanceof PartIsMissing) return emptyReply(500);
    throw error;
  }
}

/**
 * Returns the type of the page, which follows the answer of the application. A late answer is not awaited when the type is known from the
 * Accept header or from the previous page.
 */
async function typeOf(
  application: ScrapedSource | undefined,
  takesOpenMetrics: boolean,
  { time, disconnected }: ScrapeContext,
  memory: PageMemory,
): Promise<string> {
  if (application === undefined) return mergedType(undefined);
  const answered = application.head.then(typeOfAnswer);
  if (!takesOpenMetrics) return await firstOf(answered, time.applicationType, mergedType(undefined));
  const { type } = memory;
  const remembered = application.head.then((answer) => {
    if (answer !== undefined) memory.type = typeOfAnswer(answer);
    else if (!disconnected.aborted) memory.type ??= mergedType(undefined);
  });
  return type === undefined ? await remembered.then(() => answered) : await firstOf(answered, time.applicationType, type);
}

function typeOfAnswer(answer: Answer | undefined): string {
  return mergedType(answer && headerOf(answer.headers, "content-type"));
}

function isOpenMetrics({ type }: Page): boolean {
  return type?.startsWith(OPEN_METRICS) === true;
}

/** Returns the value of a promise, or a fallback after a timeout. */
async function firstOf<T>(promise: Promise<T>, milliseconds: number, otherwise: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(resolve, milliseconds, otherwise);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function* merged(
  own: string,
  envoy: ScrapedSource | undefined,
  application: ScrapedSource | readonly Uint8Array[] | undefined,
  page: Page,
  context: PageContext,
): AsyncGenerator<Uint8Array> {
  try {
    if (own !== "") yield Buffer.from(own);
    if (envoy !== undefined && !(yield* envoy.lines())) handleMissing(page, context);
    if (application === undefined) return;
    if (isList(application)) return yield* application;
    const isWhole = (await fits(application, page)) && (yield* application.lines());
    if (!isWhole) handleMissing(page, context);
    // The last line of the application, `# EOF`, ends the whole OpenMetrics page.
    if (!isWhole && isOpenMetrics(page)) yield Buffer.from("# EOF\n");
  } finally {
    envoy?.cut();
    if (!isList(application)) application?.cut();
  }
}

function isList(application: ScrapedSource | readonly Uint8Array[] | undefined): application is readonly Uint8Array[] {
  return Array.isArray(application);
}

/** @throws PartIsMissing where no part may be missing and the answer can still say so */
function handleMissing({ hasStarted }: Page, { plan }: PageContext): void {
  if (plan.metrics.allOrNothing && !hasStarted) throw new PartIsMissing();
}

/** Returns whether the application's part fits into a page that started before the application answered. */
async function fits(application: ScrapedSource, { type, takesOpenMetrics }: Page): Promise<boolean> {
  const answer = await application.head;
  if (answer === undefined || type === undefined || typeOfAnswer(answer) === type || !takesOpenMetrics) return true;
  application.refuse(`its content type is ${typeOfAnswer(answer)}, but the page has already started as ${type}`);
  return false;
}

/** Reads pieces up to the size that decides on compression, and returns them and the rest as one stream. */
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
