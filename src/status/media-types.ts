/** A media type with its parameters, names in lower case. */
export interface MediaType {
  readonly type: string;
  readonly parameters: readonly (readonly [string, string])[];
}

const PLAIN = "text/plain;version=0.0.4";
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const PARAMETER = new RegExp(`\\s*;\\s*(${TOKEN})\\s*=\\s*(${TOKEN}|"(?:[^"\\\\]|\\\\.)*")`, "y");
const TYPE = new RegExp(`^\\s*(${TOKEN}(?:/${TOKEN})?)\\s*`);

/** Types Envoy's page can be asked for, and those of an application (spec 1.30 §10.3). */
export const ENVOY_TYPES: readonly string[] = ["text/*", "text/plain"];
export const APPLICATION_TYPES: readonly string[] = ["text/*", "text/plain", "application/openmetrics-text"];

/** Reads a media type as Go's `mime.ParseMediaType`; undefined when it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const found = TYPE.exec(text);
  if (found === null) return undefined;
  const parameters: (readonly [string, string])[] = [];
  let at = found[0].length;
  for (;;) {
    PARAMETER.lastIndex = at;
    const next = PARAMETER.exec(text);
    if (next === null) break;
    const name = (next[1] ?? "").toLowerCase();
    if (parameters.some(([each]) => each === name)) return undefined;
    parameters.push([name, unquoted(next[2] ?? "")]);
    at += next[0].length;
  }
  // One semicolon at the end is forgiven.
  return /^\s*;?\s*$/.test(text.slice(at)) ? { type: (found[1] ?? "").toLowerCase(), parameters } : undefined;
}

/** What a caller's `Accept` becomes for a source that can give only some types (spec 1.30 §10.3, accept filter). */
export function narrowAccept(accept: string, allowed: readonly string[]): string {
  const parsed = accept.split(",").map(parseMediaType);
  if (parsed.some((each) => each === undefined)) return PLAIN;
  const kept: MediaType[] = [];
  const substituted = new Set<string>();
  for (const each of parsed) {
    if (each === undefined) continue;
    const changed = substitute({ type: each.type, parameters: each.parameters.filter(([name]) => name !== "q") }, allowed);
    if (changed === undefined || (changed.once !== undefined && substituted.has(changed.once))) continue;
    if (changed.once !== undefined) substituted.add(changed.once);
    kept.push(changed.type);
  }
  if (kept.length === 0) return PLAIN;
  return kept.map((each, index) => formatted(each, `0.${kept.length - index}`)).join(",");
}

function substitute(media: MediaType, allowed: readonly string[]): { readonly type: MediaType; readonly once?: string } | undefined {
  if (media.type === "*/*" || media.type === "*") return { type: { type: "text/plain", parameters: [["version", "0.0.4"]] }, once: "text" };
  if (media.type === "application/*")
    return allowed.includes("application/openmetrics-text")
      ? { type: { type: "application/openmetrics-text", parameters: [["version", "0.0.1"]] }, once: "openmetrics" }
      : undefined;
  return allowed.includes(media.type) ? { type: media } : undefined;
}

function formatted({ type, parameters }: MediaType, quality: string): string {
  const all = [...parameters, ["q", quality] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    type,
    ...all.map(([name, value]) => `${name}=${/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value) ? value : JSON.stringify(value)}`),
  ].join("; ");
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** The type of the merged page, from the application's own; undefined for none or a scrape that failed (spec 1.30 §10.3 step 4). */
export function mergedType(application: string | undefined): string {
  const media = application === undefined ? undefined : parseMediaType(application);
  if (media?.type !== "application/openmetrics-text") return TEXT;
  const version = media.parameters.find(([name]) => name === "version")?.[1] ?? "0.0.1";
  if (version !== "0.0.1" && version !== "1.0.0") return TEXT;
  return `application/openmetrics-text; version=${version}; charset=utf-8`;
}
