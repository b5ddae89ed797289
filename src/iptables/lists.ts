import { isLoopback } from "../go/ip.ts";
import { formatPrefix, type IpPrefix, parsePrefix } from "../go/ip-prefix.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { Family } from "./rule.ts";

/** The value that stands for everything. */
export const ALL = "*";

/** Splits a list at commas; empty items do not count, blanks are kept. */
export function items(text: string): readonly string[] {
  return text.split(",").filter((item) => item !== "");
}

/** Address ranges by family. */
export interface Ranges {
  /** The list is `*`. */
  readonly isAll: boolean;
  readonly v4: readonly string[];
  readonly v6: readonly string[];
  /** One of them is of loopback addresses. */
  readonly hasLoopback: boolean;
}

const NONE: Ranges = { isAll: false, v4: [], v6: [], hasLoopback: false };

/** Parses a list of ranges; the first invalid one is the error. Host bits are kept. */
export function parseRanges(text: string): Parsed<Ranges> {
  if (text === ALL) return ok({ ...NONE, isAll: true });
  const found: IpPrefix[] = [];
  for (const item of items(text)) {
    const parsed = parsePrefix(item);
    if (!parsed.ok) return bad(parsed.error);
    found.push(parsed.value);
  }
  return ok({
    isAll: false,
    v4: ofFamily(found, 4),
    v6: ofFamily(found, 6),
    hasLoopback: found.some(({ address }) => isLoopback(address)),
  });
}

function ofFamily(ranges: readonly IpPrefix[], family: Family): readonly string[] {
  return ranges.filter(({ address }) => address.family === family).map(formatPrefix);
}
