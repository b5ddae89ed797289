import { bad, ok, type Parsed } from "./parsed.ts";
import type { Position } from "./text-position.ts";
import { decodeYaml } from "./yaml-decode.ts";
import { YamlFailure } from "./yaml-failure.ts";
import { findKey, findNode, findNotJson } from "./yaml-find.ts";
import type { YamlNode } from "./yaml-node.ts";
import { parseSyntax } from "./yaml-parse.ts";
import { TOO_DEEP } from "./yaml-scan.ts";
import { jsonValue } from "./yaml-value.ts";

// Printable ASCII needs no closer look.
const UNUSUAL = /[^\t\n\r -~]/;
const UNREADABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/**
 * Parses the first document of a YAML text into JSON values, null without a document: `yaml.YAMLToJSON` of sigs.k8s.io/yaml 1.6 (yaml.v2).
 * Objects have no prototype; integers beyond a float64's precision are bigint.
 */
export function parseYaml(text: string): Parsed<unknown> {
  return guarded(() => jsonValue(decodeYaml(readSyntax(text))));
}

/** Returns where the value at a path of keys and list indexes starts in the first document; undefined if there is none. */
export function positionOf(text: string, path: readonly string[]): Position | undefined {
  const found = guarded(() => ok(findNode(lastRead(text).root, path)));
  return found.ok && found.value !== undefined ? positionAt(lastRead(text).lineStarts, found.value.offset) : undefined;
}

/** Returns where the key at the end of such a path starts; undefined if it is a list index or comes from a merge. */
export function keyPositionOf(text: string, path: readonly string[]): Position | undefined {
  const found = guarded(() => ok(findKey(lastRead(text).root, path)));
  return found.ok && found.value !== undefined ? positionAt(lastRead(text).lineStarts, found.value.offset) : undefined;
}

/** Returns the position of what `parseYaml` rejects, for those of its errors that have none. */
export function failurePosition(text: string): Position | undefined {
  const offset = failureOffset(text);
  return offset === undefined ? undefined : positionAt(lineStartsOf(text), offset);
}

function failureOffset(text: string): number | undefined {
  try {
    const root = readSyntax(text);
    decodeYaml(root);
    return findNotJson(root)?.offset;
  } catch (error) {
    if (error instanceof YamlFailure) return error.offset;
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function guarded<T>(read: () => Parsed<T>): Parsed<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof YamlFailure) return bad(error.message);
    // The only RangeError these files can cause is a stack overflow.
    if (error instanceof RangeError) return bad(TOO_DEEP);
    throw error;
  }
}

function readSyntax(text: string): YamlNode {
  if (UNUSUAL.test(text) && UNREADABLE.test(text)) throw new YamlFailure("yaml: control characters are not allowed");
  return parseSyntax(text) ?? { kind: "scalar", offset: 0, text: "", tag: undefined, implicit: true };
}

interface ReadText {
  readonly text: string;
  readonly root: YamlNode;
  /** The offset of each line. */
  readonly lineStarts: readonly number[];
}

let last: ReadText | undefined;

/** The text used for the last lookup; parsed once, as a text with one mistake often has more. */
function lastRead(text: string): ReadText {
  if (last?.text !== text) last = { text, root: readSyntax(text), lineStarts: lineStartsOf(text) };
  return last;
}

function lineStartsOf(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|[\n\r\u0085\u2028\u2029]/g), (found) => found.index + found[0].length)];
}

function positionAt(lineStarts: readonly number[], offset: number): Position {
  const line = lineStarts.findLastIndex((start) => start <= offset);
  return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
}
