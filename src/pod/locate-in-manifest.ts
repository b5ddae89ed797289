import { isObject, valueAt } from "../go/json.ts";
import type { Position } from "../go/text-position.ts";
import { keyPositionOf, parseDocument, positionOf } from "../inputs/document.ts";
import type { FilePlace, InputPlace } from "../inputs/input-place.ts";
import { POD_PATHS, type ProxyPod } from "./choose-proxy.ts";
import type { KubeObject } from "./read-objects.ts";
import { mappingsAt, textAt, textsAt } from "./shapes.ts";
import { type DocumentText, splitDocuments } from "./split-documents.ts";

/** A manifest as text, and the proxy that was chosen in it. */
export interface Manifest {
  readonly file: string;
  readonly text: string;
  readonly proxy: ProxyPod;
}

/** An object of a manifest: its document, and the way to it there. */
interface ObjectPlace {
  readonly document: DocumentText;
  readonly root: unknown;
  readonly path: readonly string[];
}

/** Returns where a manifest gives something that a start reads. */
export function locateInManifest(place: InputPlace, manifest: Manifest): FilePlace | undefined {
  const { proxy } = manifest;
  const object = findPlace(proxy.object, manifest);
  if (object === undefined) return undefined;
  const pod = [...object.path, ...(POD_PATHS[proxy.object.kind] ?? [])];
  if (place.kind === "annotation" || place.kind === "label") {
    const path = [...pod, "metadata", `${place.kind}s`, place.name];
    return fieldIn(object, path, place, manifest) ?? at(object, path, manifest);
  }
  const container = containerPath(object.root, pod, textAt(proxy.container, "name") ?? "");
  if (container === undefined) return undefined;
  const value = valueAt(object.root, container);
  if (place.kind === "variable") {
    const [list, index] = [[...container, "env"], indexOfVariable(value, place.name)];
    return fieldIn(object, [...list, String(index), "value"], place, manifest) ?? atItem(object, list, index, manifest);
  }
  if (place.kind !== "argument") return undefined;
  const isIt = (word: string) => word.replace(/^-+/, "").split("=")[0] === place.name;
  return (
    atItem(object, [...container, "args"], textsAt(value, "args").findIndex(isIt), manifest) ??
    atItem(object, [...container, "command"], textsAt(value, "command").findIndex(isIt), manifest)
  );
}

/** Returns where a manifest has the text of a ConfigMap's key. */
export function locateMapKey(map: KubeObject, key: string, inside: Position | undefined, manifest: Manifest): FilePlace | undefined {
  const object = findPlace(map, manifest);
  const found = object && at(object, [...object.path, "data", key], manifest);
  return found && ((inside && insideBlock(found, inside, manifest)) ?? found);
}

/** Returns where a document in the value at a path has a field; undefined unless that can be told from its text. */
function fieldIn(object: ObjectPlace, path: readonly string[], { path: field }: InputPlace, manifest: Manifest): FilePlace | undefined {
  const text = field && textAt(object.root, ...path);
  const found = text === undefined ? undefined : at(object, path, manifest);
  const inside = text && field && (keyPositionOf(text, field) ?? positionOf(text, field));
  return found && inside ? insideBlock(found, inside, manifest) : undefined;
}

/** Returns a position in the literal block of a key. Lines of other scalars are not where they are in the text. */
function insideBlock({ line: start }: FilePlace, inside: Position, { file, text }: Manifest): FilePlace | undefined {
  if (start === undefined) return undefined;
  const lines = text.split("\n");
  if (!/:\s*\|[+-]?\d?[+-]?\s*(?:#.*)?$/.test(lines[start - 1] ?? "")) return undefined;
  const indent = /^ */.exec(lines.slice(start).find((line) => line.trim() !== "") ?? "")?.[0].length ?? 0;
  return { file, line: start + inside.line, column: inside.column + indent };
}

function at({ document, root }: ObjectPlace, path: readonly string[], { file }: Manifest): FilePlace | undefined {
  if (valueAt(root, path) === undefined) return undefined;
  const found = keyPositionOf(document.text, path) ?? positionOf(document.text, path);
  return found === undefined ? { file } : { file, line: found.line + document.line - 1, column: found.column };
}

function atItem(object: ObjectPlace, list: readonly string[], index: number, manifest: Manifest): FilePlace | undefined {
  return index < 0 ? undefined : at(object, [...list, String(index)], manifest);
}

/** The last of equal names counts, as for the kubelet. */
function indexOfVariable(container: unknown, name: string): number {
  const entries = valueAt(container, ["env"]);
  return Array.isArray(entries) ? entries.findLastIndex((entry) => textAt(entry, "name") === name) : -1;
}

function containerPath(root: unknown, pod: readonly string[], name: string): readonly string[] | undefined {
  for (const list of ["initContainers", "containers"]) {
    const index = mappingsAt(root, ...pod, "spec", list).findIndex((each) => textAt(each, "name") === name);
    if (index >= 0) return [...pod, "spec", list, String(index)];
  }
  return undefined;
}

function findPlace(object: KubeObject, { text }: Manifest): ObjectPlace | undefined {
  for (const document of splitDocuments(text)) {
    const parsed = parseDocument(document.text);
    if (!parsed.ok) continue;
    const path = pathOf(object, parsed.value, []);
    if (path !== undefined) return { document, root: parsed.value, path };
  }
  return undefined;
}

function pathOf(object: KubeObject, value: unknown, path: readonly string[]): readonly string[] | undefined {
  if (!isObject(value)) return undefined;
  const { items } = value;
  if (Array.isArray(items)) {
    for (const [index, item] of items.entries()) {
      const found = pathOf(object, item, [...path, "items", String(index)]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const kind = textAt(value, "kind") ?? object.kind;
  const isIt =
    kind === object.kind &&
    textAt(value, "metadata", "name") === object.name &&
    textAt(value, "metadata", "namespace") === object.namespace;
  return isIt ? path : undefined;
}
