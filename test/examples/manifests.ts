import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../support/subject.ts";

/** A mapping of a parsed document. */
export type Fields = Readonly<Record<string, unknown>>;

export const MANIFESTS = ["sidecar", "native-sidecar", "gateway", "job"] as const;

/** The documents of a manifest. @throws Error with every mistake of its YAML */
export function documentsOf(name: string): readonly Fields[] {
  const text = readFileSync(join(ROOT, "examples/kubernetes", `${name}.yaml`), "utf8");
  return parseAllDocuments(text, { uniqueKeys: true, strict: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.map(({ message }) => message).join("\n"));
    return fields(document.toJS());
  });
}

/** The document of a kind, or nothing's fields. */
export function ofKind(documents: readonly Fields[], ...kinds: readonly string[]): Fields {
  return documents.find(({ kind }) => kinds.includes(String(kind))) ?? {};
}

/** What lies below a path of names; undefined where something on the way is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => fields(inner)[name], value);
}

/** A list's elements as mappings; none of what is no list. */
export function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}; // just checked
}
