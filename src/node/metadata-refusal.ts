import { isObject, parseGoJson } from "../go/json.ts";
import { excerpt, shown } from "../go/shown.ts";
import { positionIn } from "../inputs/document.ts";
import type { Environment } from "../inputs/environment.ts";
import { expectedText } from "../settings/decode-messages.ts";
import type { Source } from "../settings/source.ts";
import { JSON_PREFIX, type MetadataKind, PREFIX, type Refusal } from "./metadata-readers.ts";

// Loaded only for metadata that cannot be used.

/** What may have set a metadata key. */
export interface MetadataOrigins {
  readonly environment: Environment;
  /** The proxyMetadata of the ProxyConfig, where a release takes metadata from them. */
  readonly proxyMetadata?: Source;
}

/** Why the value of a metadata key cannot be used: who set it, the place, what it must be and what it is. */
export function refusalWords(key: string, refusal: Refusal, origins: MetadataOrigins): string {
  const origin = originOf(key, origins);
  const { wanted, given, path, go, within } = refusal;
  const place =
    within === undefined ? (origin.text === undefined ? "" : positionIn(origin.text, [...origin.path, ...path])) : positionIn(within, path);
  const what = path.length === 0 ? origin.name : `${path.join(".")} of ${origin.name}`;
  const value = wanted === "ports" && typeof given === "string" ? excerpt(given) : shown(given, path.at(-1) ?? key);
  return `${what}${place} must be ${wordsFor(wanted, given)}: current value is ${value} (${go})${remedy(key, refusal, origin)}`;
}

interface Origin {
  readonly name: string;
  /** The text that the value stands in, and the way to it, where it is part of one. */
  readonly text?: string;
  readonly path: readonly string[];
  readonly isVariable?: true;
}

/** The source whose value counts: members of ISTIO_METAJSON_* objects, the last of them, above ISTIO_META_* above proxyMetadata. */
function originOf(key: string, { environment, proxyMetadata }: MetadataOrigins): Origin {
  const holder = environment.pairs.findLast(([name, text]) => name.startsWith(JSON_PREFIX) && hasMember(text, key));
  if (holder !== undefined) return { name: `${key} in ${holder[0]}`, text: holder[1], path: [key] };
  const name = PREFIX + key;
  if (environment.get(name) !== undefined) return { name, path: [], isVariable: true };
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

const WORDS: Readonly<Record<MetadataKind, string>> = {
  ports: "a JSON list of ports",
  port: "a mapping with containerPort",
  "ports-text": "a string that holds a JSON list of ports",
  texts: "a list of strings",
  "text-map": "a mapping of strings",
  "flag-text": `a string, "true" or "false"`,
};

function wordsFor(wanted: Refusal["wanted"], given: unknown): string {
  return isOwn(wanted) ? WORDS[wanted] : expectedText(wanted, typeof given === "string" ? undefined : given);
}

function isOwn(wanted: Refusal["wanted"]): wanted is MetadataKind {
  return typeof wanted === "string" && Object.hasOwn(WORDS, wanted);
}

/** A variable can only hold text, whatever its key wants. */
function remedy(key: string, { wanted, path }: Refusal, { isVariable }: Origin): string {
  if (isVariable === undefined || path.length > 0) return "";
  if (wanted === "int64") return `; ISTIO_META_ variables are always strings: set ${key} instead`;
  const isText = wanted === "string" || wanted === "bool" || wanted === "ports";
  return isText ? "" : `; ISTIO_META_ variables are always strings: use ISTIO_METAJSON_${key} with {"${key}": …}`;
}
