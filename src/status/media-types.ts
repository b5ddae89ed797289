import { formatMediaType, type MediaType, parseMediaType } from "../go/media-type.ts";

/** Types Envoy's page can be asked for, and those of an application (spec 1.30 §10.3). */
export const ENVOY_TYPES: readonly string[] = ["text/*", "text/plain"];
export const APPLICATION_TYPES: readonly string[] = ["text/*", "text/plain", "application/openmetrics-text"];

const PLAIN: MediaType = { type: "text/plain", parameters: new Map([["version", "0.0.4"]]) };
const OPEN: MediaType = { type: "application/openmetrics-text", parameters: new Map([["version", "0.0.1"]]) };
const WILDCARDS: Readonly<Record<string, MediaType>> = { "*": PLAIN, "*/*": PLAIN, "application/*": OPEN };

/**
 * What a caller's `Accept` becomes for a source that can give only some types: wildcards stand for the plainest type they
 * include, unless that very type is in the list in front of them (spec 1.30 §10.3; recorded: protobuf-accept).
 */
export function narrowAccept(accept: string, allowed: readonly string[]): string {
  const parsed = accept.split(",").map(parseMediaType);
  const kept: MediaType[] = [];
  const seen = new Set<string>();
  for (const each of parsed) {
    if (each === undefined) return keyOf(PLAIN);
    const substitute = WILDCARDS[each.type];
    const media = substitute ?? { type: each.type, parameters: new Map([...each.parameters].filter(([name]) => name !== "q")) };
    if (!allowed.includes(media.type) || (substitute !== undefined && seen.has(keyOf(media)))) continue;
    seen.add(keyOf(media));
    kept.push(media);
  }
  if (kept.length === 0) return keyOf(PLAIN);
  return kept
    .map(({ type, parameters }, index) =>
      formatMediaType({ type, parameters: new Map([...parameters, ["q", `0.${kept.length - index}`]]) }),
    )
    .join(",");
}

function keyOf({ type, parameters }: MediaType): string {
  return [type, ...[...parameters].map(([name, value]) => `${name}=${value}`).sort()].join(";");
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** The type of the merged page, from the application's own; undefined for none or a scrape that failed (spec 1.30 §10.3 step 4). */
export function mergedType(application: string | undefined): string {
  const media = application === undefined ? undefined : parseMediaType(application);
  if (media?.type !== "application/openmetrics-text") return TEXT;
  const version = media.parameters.get("version") || "0.0.1";
  if (version !== "0.0.1" && version !== "1.0.0") return TEXT;
  return `application/openmetrics-text; version=${version}; charset=utf-8`;
}
