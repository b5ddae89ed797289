import type { PodTexts } from "../inputs/downward-api.ts";
import type { Notice } from "../inputs/notice.ts";

/** The annotations that attache reads, whatever the release: domains with their names. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "proxy.istio.io": ["config"],
  "istio.io": ["proxyConfig"],
  "sidecar.istio.io": [
    "discoveryAddress",
    "statsInclusionPrefixes",
    "statsInclusionSuffixes",
    "statsInclusionRegexps",
    "extraStatTags",
    "statsHistogramBuckets",
    "statsFlushInterval",
    "statsEvictionInterval",
  ],
  "status.sidecar.istio.io": ["port"],
  "traffic.sidecar.istio.io": ["excludeInterfaces"],
};
const NAMES: ReadonlySet<string> = new Set(Object.values(KNOWN).flat());
/** How many letters may be wrong. */
const LIMIT = 2;

/** Returns a warning for each annotation that is nearly one of those that are read, and is none. */
export function oddAnnotations(annotations: PodTexts): readonly Notice[] {
  const notices: Notice[] = [];
  for (const key of annotations.keys()) {
    const meant = mayBeMeant(key) ? meantBy(key) : undefined;
    if (meant !== undefined) notices.push({ level: "warn", text: `Ignoring pod annotation "${key}"; did you mean ${meant}?` });
  }
  return notices;
}

/** A mistyped key has its domain or its name right; a pod's own annotations have neither, or both. */
function mayBeMeant(key: string): boolean {
  // What a byte order mark makes of the first key has been said of the file.
  if (key.startsWith("\ufeff")) return false;
  const slash = key.indexOf("/");
  const names = KNOWN[key.slice(0, slash)];
  const name = key.slice(slash + 1);
  return names === undefined ? NAMES.has(name) || (slash < 0 && key.includes("istio")) : !names.includes(name);
}

function meantBy(key: string): string | undefined {
  const { within }: typeof import("../cli/nearest.ts") = require("../cli/nearest.ts");
  return within(
    LIMIT,
    key,
    Object.entries(KNOWN).flatMap(([domain, names]) => names.map((name) => `${domain}/${name}`)),
  );
}
