import { displayText, excerpt } from "../go/display-text.ts";
import { isObject, parseGoJson } from "../go/json.ts";
import { positionIn } from "../inputs/document.ts";
import type { Environment } from "../inputs/environment.ts";
import { expectedText } from "../settings/decode-messages.ts";
import type { Source } from "../settings/source.ts";
import { JSON_PREFIX, type MetadataKind, PREFIX, type Refusal } from "./metadata-readers.ts";

// Loaded only for metadata that cannot be used.

/** Where a metadata key may be set. */
export interface MetadataOrigins {
  readonly environment: Environment;
  /** The proxyMetadata of the ProxyConfig, for releases that read metadata from it. */
  readonly proxyMetadata?: Source;
}

/** Returns why the value of a metadata key is invalid: its source, its position, what is required and the current value. */
export function refusalText(key: string, refusal: Refusal, origins: MetadataOrigins): string {
  const origin = originOf(key, origins);
  const { wanted, given, path, go, within } = refusal;
  const place =
    within === undefined ? (origin.text === undefined ? "" : positionIn(origin.text, [...origin.path, ...path])) : positionIn(within, path);
  const what = path.length === 0 ? origin.name : `${path.join(".")} of ${origin.name}`;
  const value = wanted === "ports" && typeof given === "string" ? excerpt(given) : displayText(given, path.at(-1) ?? key);
  return `${what}${place} must be ${requirementText(wanted, given)}: current value is ${value} (${go})${remedy(key, refusal, origin)}`;
}

interface Origin {
  readonly name: string;
  /** The text that contains the value, with the path to it. */
  readonly text?: string;
  readonly path: readonly string[];
  readonly isVariable?: true;
}

/** Returns the source that takes precedence: the last ISTIO_METAJSON_* object, then ISTIO_META_*, then proxyMetadata. */
function originOf(key: string, { environment, proxyMetadata }: MetadataOrigins): Origin {
  const holder = environment.pairs.findLast(([name, text]) => name.startsWith(JSON_PREFIX) && hasMember(text, key));
  if (holder !== undefined) return { name: `${key} in ${holder[0]}`, text: holder[1], path: [key] };
  const name = PREFIX + key;
  if (environment.lookup(name) !== undefined) return { name, path: [], isVariable: true };
  if (proxyMetadata === undefined) return { name: `metadata key ${key}`, path: [] };
  const { origin, text, prefix = [] } = proxyMetadata;
  return {
    name: `proxyMetadata.${name} in ${origin}`,
    ...(text === undefined ? {} : { text }),
    path: [...prefix, "proxyMetadata", name],
    isVariable: true,
  };
}

function hasMember(text: string, key: string): boolean {
  const parsed = parseGoJson(text);
  return parsed.ok && isObject(parsed.value) && Object.hasOwn(parsed.value, key);
}

const REQUIREMENTS: Readonly<Record<MetadataKind, string>> = {
  ports: "a JSON list of ports",
  port: "a mapping with containerPort",
  "ports-text": "a string that holds a JSON list of ports",
  texts: "a list of strings",
  "text-map": "a mapping of strings",
  "flag-text": `a string, "true" or "false"`,
};

function requirementText(wanted: Refusal["wanted"], given: unknown): string {
  return isMetadataKind(wanted) ? REQUIREMENTS[wanted] : expectedText(wanted, typeof given === "string" ? undefined : given);
}

function isMetadataKind(wanted: Refusal["wanted"]): wanted is MetadataKind {
  return typeof wanted === "string" && Object.hasOwn(REQUIREMENTS, wanted);
}

/** A variable can only hold text, whatever type the key requires. */
function remedy(key: string, { wanted, path }: Refusal, { isVariable }: Origin): string {
  if (isVariable === undefined || path.length > 0) return "";
  if (wanted === "int64") return `; ISTIO_META_ variables are always strings: set ${key} instead`;
  const isText = wanted === "string" || wanted === "bool" || wanted === "ports";
  return isText ? "" : `; ISTIO_META_ variables are always strings: use ISTIO_METAJSON_${key} with {"${key}": …}`;
}
