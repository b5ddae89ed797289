import { nearestWithin } from "../cli/nearest.ts";
import type { Notice } from "../common/notice.ts";

/** Domain and name of every annotation that attache reads, for all releases. */
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
  ["sidecar.istio.io", "statsCompression"],
  ["status.sidecar.istio.io", "port"],
  ["traffic.sidecar.istio.io", "excludeInterfaces"],
] as const;

/** The name of an annotation that is read. */
export type AnnotationName = NameOf<(typeof KNOWN)[number]>;
type NameOf<Row> = Row extends readonly [infer Domain extends string, infer Name extends string] ? `${Domain}/${Name}` : never;

/** The annotations of a pod. Only those that attache reads are available by name. */
export interface Annotations extends Iterable<readonly [string, string]> {
  readonly get: (name: AnnotationName) => string | undefined;
  readonly has: (name: AnnotationName) => boolean;
  readonly keys: () => Iterable<string>;
}

/** The largest number of wrong letters. */
const MAX_DISTANCE = 2;

/** Returns a warning for each annotation whose name is similar to one that attache reads. */
export function misspelledAnnotations(annotations: Annotations | undefined): readonly Notice[] {
  return [...(annotations?.keys() ?? [])].flatMap((key) => {
    const meant = similarAnnotation(key);
    return meant === undefined ? [] : [{ level: "warn", text: `Ignoring pod annotation "${key}"; did you mean ${meant}?` }];
  });
}

/** Returns the annotation that attache reads whose name is similar to another one; undefined if there is none. */
export function similarAnnotation(key: string): string | undefined {
  if (!isCandidate(key)) return undefined;
  return nearestWithin(
    MAX_DISTANCE,
    key,
    KNOWN.map((each) => each.join("/")),
  );
}

/** Reports whether attache reads an annotation. */
export function isAnnotationRead(key: string): boolean {
  return KNOWN.some((each) => each.join("/") === key);
}

/**
 * A misspelled key has either the domain or the name right, and the other part has about the right length: few other
 * annotations of a pod have. A key with a byte order mark is skipped, as the warning about the file covers it.
 */
function isCandidate(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return key.includes("istio");
  if (key.charCodeAt(0) === 0xfeff) return false;
  const domain = key.slice(0, slash);
  const name = key.slice(slash + 1);
  let isNear = false;
  for (const known of KNOWN) {
    const isSame = known[0] === domain;
    if (isSame && known[1] === name) return false;
    if (isSame) isNear ||= hasSimilarLength(known[1], name);
    else if (known[1] === name) isNear ||= hasSimilarLength(known[0], domain);
  }
  return isNear;
}

function hasSimilarLength(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= MAX_DISTANCE;
}
