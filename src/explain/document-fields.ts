import { isObject } from "../go/json.ts";
import { jsonText } from "../go/json-text.ts";
import { parseDocument } from "../inputs/document.ts";

/** A field of a document of settings, and the document without it. */
export interface DocumentField {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Fields whose members are settings of their own. */
const MAPS: readonly string[] = ["proxyMetadata", "proxy_metadata"];

/** Returns the top-level fields of a document, and the members of its maps; undefined for a text that is no mapping. */
export function fieldsOfDocument(text: string, prefix: readonly string[] = []): readonly DocumentField[] | undefined {
  const parsed = parseDocument(text);
  if (!parsed.ok) return undefined;
  let root: unknown = parsed.value;
  for (const name of prefix) root = isObject(root) ? root[name] : undefined;
  if (!isObject(root)) return undefined;
  return Object.entries(root).flatMap(([name, value]) =>
    MAPS.includes(name) && isObject(value) && Object.keys(value).length > 0
      ? Object.entries(value).map(([member, each]) => ({ path: [...prefix, name, member], value: each }))
      : [{ path: [...prefix, name], value }],
  );
}

/** Returns a document without the value at a path, as JSON. */
export function withoutField(text: string, path: readonly string[]): string {
  const parsed = parseDocument(text);
  return parsed.ok ? jsonText(removeAt(parsed.value, path)) : text;
}

function removeAt(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (!isObject(value) || first === undefined) return value;
  const members = Object.entries(value).flatMap(([name, member]): readonly (readonly [string, unknown])[] =>
    name !== first ? [[name, member]] : rest.length > 0 ? [[name, removeAt(member, rest)]] : [],
  );
  return new Map(members);
}
