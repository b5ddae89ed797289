import { bytesOfText } from "../../go/bytes.ts";
import { headerOf } from "../../http/message-head.ts";
import type { Scraped } from "../../status/merged-bodies.ts";
import type { MetricsTarget } from "../../status/status-plan.ts";
import { type ScrapeContext, type ScrapedSource, scrapedSource } from "./scraped-source.ts";

/** The largest body of one of several places, in bytes (contract 1.31 §8). */
const LIMIT = 10 * 1_024 * 1_024;

/** Requests the metrics of several places at once; returns those that are there whole, in the order of the places. */
export async function scrapeSeveral(targets: readonly MetricsTarget[], context: ScrapeContext): Promise<readonly Scraped[]> {
  const sources = targets.map(({ port, path }) => scrapedSource("application", port, bytesOfText(path), context));
  const scraped = await Promise.all(sources.map(collect));
  return scraped.filter((each) => each !== undefined);
}

async function collect(source: ScrapedSource): Promise<Scraped | undefined> {
  const answer = await source.head;
  if (answer === undefined) return undefined;
  const held: Uint8Array[] = [];
  let size = 0;
  const pieces = source.lines();
  for (let next = await pieces.next(); ; next = await pieces.next()) {
    if (next.done === true) return next.value ? { type: headerOf(answer.headers, "content-type"), body: Buffer.concat(held) } : undefined;
    size += next.value.length;
    if (size > LIMIT) {
      await pieces.return(false);
      source.refuse(`its answer is longer than ${LIMIT} bytes`);
      return undefined;
    }
    held.push(next.value);
  }
}
