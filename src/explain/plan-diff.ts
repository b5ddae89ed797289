import { isObject } from "../go/json.ts";
import type { JsonObject } from "../go/json-value.ts";
import { type Change, changesBetween } from "./compare.ts";
import type { Outcome } from "./launch.ts";
import type { Path } from "./paths.ts";
import { isInReordered, reorderedLists } from "./reordered.ts";

/** One side of a comparison: the plan of a start, or a bootstrap alone. */
export interface Side {
  readonly name: string;
  readonly outcome: Outcome;
  /** Whether there is only a bootstrap, without the parts that a plan has beside it. */
  readonly isBootstrap: boolean;
}

/** How two plans differ. */
export interface PlanDiff {
  readonly changes: readonly Change[];
  /** The lists whose items are in another order. */
  readonly reordered: readonly Path[];
  /** The sides whose start is refused, with the reasons. */
  readonly refused: readonly { readonly name: string; readonly problems: readonly string[] }[];
  readonly isSame: boolean;
}

/** The parts of a plan's document that are not of the bootstrap. */
export const BESIDE_BOOTSTRAP: readonly string[] = ["argv", "proxyConfig", "agent", "envoy"];

/** Compares two plans by meaning: lists by name, without regard to the order of members. */
export function diffPlans(a: Side, b: Side): PlanDiff {
  const refused = [a, b].flatMap(({ name, outcome }) => (outcome.kind === "refused" ? [{ name, problems: outcome.problems }] : []));
  if (a.outcome.kind === "refused" || b.outcome.kind === "refused") return { changes: [], reordered: [], refused, isSame: false };
  const only = a.isBootstrap || b.isBootstrap;
  const [before, after] = [compared(a.outcome.document, only), compared(b.outcome.document, only)];
  const reordered = reorderedLists(before, after);
  const changes = changesBetween(before, after).filter(({ path }) => !isInReordered(path, reordered, before, after));
  return { changes, reordered, refused, isSame: changes.length === 0 && reordered.length === 0 };
}

/** Returns a document without the name of its release, which differs whenever two releases are compared. */
export function withoutProfile(document: JsonObject): JsonObject {
  const { agent } = document;
  if (!isObject(agent)) return document;
  const { profile: _, ...others } = agent;
  return { ...document, agent: others };
}

function compared(document: JsonObject, isBootstrap: boolean): JsonObject {
  if (!isBootstrap) return withoutProfile(document);
  return Object.fromEntries(Object.entries(document).filter(([name]) => !BESIDE_BOOTSTRAP.includes(name)));
}
