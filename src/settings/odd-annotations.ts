import { within } from "../cli/nearest.ts";
import type { Notice } from "../common/notice.ts";

/** The annotations that attache reads, whatever the release: their domains and names. */
const KNOWN = [
  ["proxy.istio.io", "config"],
  ["istio.io", "proxyConfig"],
  ["sidecar.istio.io", "discoveryAddress"],
  ["sidecar.istio.io", "statsInclusionPrefixes"],
  ["sidecar.istio.io", "statsInclusionSuffixes"],
  ["sidecar.istio.io", "statsInclusionRegexps"],
  ["sidecar.istio.io", "extraStatTags"],
  ["sidecar.istio.io", "statsHistogramBuckets"],
  ["sidecar.istio.io", "statsFlushInterval"],
  ["sidecar.istio.io", "statsEvictionInterval"],
  ["status.sidecar.istio.io", "port"],
  ["traffic.sidecar.istio.io", "excludeInterfaces"],
] as const;

/** The name of an annotation that is read. */
export type AnnotationName = NameOf<(typeof KNOWN)[number]>;
type NameOf<Row> = Row extends readonly [infer Domain extends string, infer Name extends string] ? `${Domain}/${Name}` : never;

/** A pod's annotations: those that are read by their names, and the others one after the other. */
export interface Annotations extends Iterable<readonly [string, string]> {
  readonly get: (name: AnnotationName) => string | undefined;
  readonly has: (name: AnnotationName) => boolean;
  readonly keys: () => Iterable<string>;
}
/** How many letters may be wrong. */
const LIMIT = 2;

/** Returns a warning for each annotation that is nearly one of those that are read, and is none. */
export function oddAnnotations(annotations: Annotations | undefined): readonly Notice[] {
  const names = KNOWN.map((each) => each.join("/"));
  return [...(annotations?.keys() ?? [])].filter(mayBeMeant).flatMap((key) => {
    const meant = within(LIMIT, key, names);
    return meant === undefined ? [] : [{ level: "warn", text: `Ignoring pod annotation "${key}"; did you mean ${meant}?` }];
  });
}

/**
 * A mistyped key has its domain or its name right, and the other about as long: few of a pod's own annotations do. What a byte
 * order mark makes of the first key has been said of the file.
 */
function mayBeMeant(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return key.includes("istio");
  if (key.charCodeAt(0) === 0xfeff) return false;
  const domain = key.slice(0, slash);
  const name = key.slice(slash + 1);
  let isNear = false;
  for (const known of KNOWN) {
    const isSame = known[0] === domain;
    if (isSame && known[1] === name) return false;
    if (isSame) isNear ||= isAsLong(known[1], name);
    else if (known[1] === name) isNear ||= isAsLong(known[0], domain);
  }
  return isNear;
}

function isAsLong(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= LIMIT;
}
