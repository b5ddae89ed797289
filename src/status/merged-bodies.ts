import { mergedType } from "./media-types.ts";

/** The metrics of one of several places of an application. */
export interface Scraped {
  /** Its content type, as sent. */
  readonly type: string | undefined;
  readonly body: Uint8Array;
}

const EOF = Buffer.from("# EOF");
const LF = 0x0a;
/** Blank, tab, CR and LF. */
const WHITE = new Set([0x20, 0x09, 0x0d, 0x0a]);

/** Returns the type of a page: that which all places have, else text (contract 1.31 §8). */
export function typeOfAll(scraped: readonly Scraped[]): string {
  const types = new Set(scraped.map(({ type }) => mergedType(type)));
  const [only] = types;
  return types.size === 1 && only !== undefined ? only : mergedType(undefined);
}

/** Returns the metrics of all places, one after another; `isOpen`: an OpenMetrics page, which ends with `# EOF` (contract 1.31 §8). */
export function mergedBodies(scraped: readonly Scraped[], isOpen: boolean): readonly Uint8Array[] {
  const parts = scraped.flatMap(({ body }) => {
    const kept = withoutEnd(body);
    return kept.length > 0 && kept.at(-1) !== LF ? [kept, piece("\n")] : [kept];
  });
  return isOpen ? [...parts, piece("# EOF\n")] : parts;
}

/** Returns a new piece, as the memory of one that was sent is released. */
function piece(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Returns a body without a final `# EOF`, and what follows that. */
function withoutEnd(body: Uint8Array): Uint8Array {
  let end = body.length;
  while (end > 0 && WHITE.has(body[end - 1] ?? 0)) end--;
  const begin = end - EOF.length;
  return begin >= 0 && EOF.equals(body.subarray(begin, end)) ? body.subarray(0, begin) : body;
}
