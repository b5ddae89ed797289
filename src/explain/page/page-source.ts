import { STAND_IN_ADDRESS, standInText, type Unknown, withNames } from "../../pod/unknown.ts";
import type { Explanation } from "../explain-launch.ts";
import type { Outcome } from "../launch.ts";

/** A launch that the page shows. */
export interface PageSource {
  readonly name: string;
  readonly profile: string;
  /** What else is known about it, such as the limits of its cgroup. */
  readonly note?: string;
  readonly outcome: Outcome;
  /** Which inputs it depends on; absent if its start is refused. */
  readonly explanation?: Explanation;
  readonly unknowns: readonly Unknown[];
}

/** Returns how texts of a launch are shown: what stands in for something that is not known has its name. */
export function namerOf({ unknowns }: Pick<PageSource, "unknowns">): (text: string) => string {
  return (text) => withNames(text, unknowns);
}

/** Returns what is not known of a text, where that is seen: other stand-ins, such as 0, may be a value as well. */
export function unknownIn(text: string, unknowns: readonly Unknown[]): Unknown | undefined {
  return unknowns.find(({ origin, standIn }) => {
    const isPlain = standIn !== undefined && !standIn.startsWith("<") && !ADDRESSES.includes(standIn);
    return text.includes(standInText(origin)) || (standIn !== undefined && !isPlain && text.includes(standIn));
  });
}

const ADDRESSES: readonly string[] = Object.values(STAND_IN_ADDRESS);
