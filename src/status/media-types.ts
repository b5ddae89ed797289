import { formatMediaType, type MediaType, parseMediaType } from "../go/media-type.ts";

/** The types Envoy's metrics page supports, and those of an application (contract 1.30 §10.3). */
export const ENVOY_TYPES: ReadonlySet<string> = new Set(["text/*", "text/plain"]);
export const APPLICATION_TYPES: ReadonlySet<string> = new Set(["text/*", "text/plain", "application/openmetrics-text"]);

/** The types that replace wildcards. */
export interface Substitutes {
  readonly plain: MediaType;
  readonly open: MediaType;
}

export const SUBSTITUTES: Substitutes = {
  plain: { type: "text/plain", parameters: new Map([["version", "0.0.4"]]) },
  open: { type: "application/openmetrics-text", parameters: new Map([["version", "0.0.1"]]) },
};
const WILDCARDS: Readonly<Record<string, keyof Substitutes>> = { "*": "plain", "*/*": "plain", "application/*": "open" };

/**
 * Reduces a caller's `Accept` to the types a source supports. A wildcard's substitute is omitted if the same type precedes it; it keeps the
 * quality of the last request, which is how upstream compares it, and sends it if nothing else is left (contract 1.30 §10.3; recorded:
 * protobuf-accept).
 */
export function narrowAccept(
  accept: string,
  allowed: ReadonlySet<string>,
  substitutes: Substitutes,
): { readonly accept: string; readonly substitutes: Substitutes } {
  const parsed = accept.split(",").map(parseMediaType);
  const kept: { readonly media: MediaType; readonly wildcard: keyof Substitutes | undefined }[] = [];
  for (const each of parsed) {
    if (each === undefined) return { accept: keyOf(substitutes.plain), substitutes };
    const wildcard = WILDCARDS[each.type];
    const media = wildcard === undefined ? withQuality(each, undefined) : substitutes[wildcard];
    const isListed = kept.some((other) => keyOf(other.media) === keyOf(media));
    if (allowed.has(media.type) && (wildcard === undefined || !isListed)) kept.push({ media, wildcard });
  }
  if (kept.length === 0) return { accept: keyOf(substitutes.plain), substitutes };
  const sent = kept.map(({ media, wildcard }, index) => ({ media: withQuality(media, `0.${kept.length - index}`), wildcard }));
  const used = sent.flatMap(({ media, wildcard }) => (wildcard === undefined ? [] : [[wildcard, media] as const]));
  return {
    accept: sent.map(({ media }) => formatMediaType(media)).join(","),
    substitutes: { ...substitutes, ...Object.fromEntries(used) },
  };
}

function withQuality({ type, parameters }: MediaType, quality: string | undefined): MediaType {
  const others = [...parameters].filter(([name]) => name !== "q");
  return { type, parameters: new Map(quality === undefined ? others : [...others, ["q", quality]]) };
}

function keyOf({ type, parameters }: MediaType): string {
  return [type, ...[...parameters].map(([name, value]) => `${name}=${value}`).sort()].join(";");
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Returns the type of the merged page for the application's type; undefined if there is none or its scrape failed (contract 1.30 §10.3 step
 * 4).
 */
export function mergedType(application: string | undefined): string {
  const media = application === undefined ? undefined : parseMediaType(application);
  if (media?.type !== "application/openmetrics-text") return TEXT;
  const version = media.parameters.get("version") || "0.0.1";
  if (version !== "0.0.1" && version !== "1.0.0") return TEXT;
  return `application/openmetrics-text; version=${version}; charset=utf-8`;
}
