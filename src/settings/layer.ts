import { isObject } from "../go/json.ts";
import { faultIn, keyPositionIn, parseDocument, positionIn } from "../inputs/document.ts";
import type { Source } from "./broken-rule.ts";
import type { Problem } from "./checks.ts";
import { decodeInto, type Finding, type Mistake, writtenFields } from "./decode.ts";
import type { Home } from "./finding-words.ts";
import type { MessageOf } from "./message-of.ts";
import type { MessageSchema } from "./schema.ts";

/** One source of settings: its text, and what messages call it. */
export interface Layer {
  readonly origin: string;
  readonly text: string;
}

/** What came of laying one layer over a message. */
export interface Layered<Message> {
  readonly value: Message;
  readonly problems: readonly string[];
  /** What is said of fields that the release followed passes over. */
  readonly unknown: readonly string[];
}

/** The document of a layer, or the problem with it. */
export function documentOf(layer: Layer): { readonly document: unknown; readonly problems: readonly string[] } {
  const parsed = parseDocument(layer.text);
  return parsed.ok
    ? { document: parsed.value, problems: [] }
    : { document: null, problems: [`${layer.origin} is not valid YAML or JSON: ${faultIn(layer.text, parsed.error)}`] };
}

/** A document decoded into a message, its findings worded with path, position and origin; `others` are further fields that a hint may name. */
export function decodeLayer<Schema extends MessageSchema>(
  schema: Schema,
  current: MessageOf<Schema>,
  document: unknown,
  layer: Layer,
  prefix: readonly string[] = [],
  others: readonly Home[] = [],
): Layered<MessageOf<Schema>> {
  const { value, errors, unknown } = decodeInto(schema, current, document);
  if (errors.length === 0 && unknown.length === 0) return { value, problems: [], unknown: [] };
  const { mistakeWords, unknownHint }: typeof import("./finding-words.ts") = require("./finding-words.ts");
  const { withoutSecret }: typeof import("../secrets/secret-names.ts") = require("../secrets/secret-names.ts");
  const homes = [{ prefix, schema }, ...others];
  const said = (path: readonly string[], place: string, text: string) =>
    `${path.join(".") || "the document"} in ${layer.origin}${place}: ${text}`;
  const mistaken = (mistake: Mistake) => {
    const path = [...prefix, ...mistake.path];
    return said(path, positionIn(layer.text, path), withoutSecret(path, mistakeWords(mistake)));
  };
  const unread = ({ path, text }: Finding) => {
    const whole = [...prefix, ...path];
    return said(whole, keyPositionIn(layer.text, whole), `${text}${unknownHint(whole, valueAt(document, path), homes)}`);
  };
  return { value, problems: errors.map(mistaken), unknown: unknown.map(unread) };
}

/** The value at a path of a document. */
function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const step of path) value = isObject(value) ? value[step] : Array.isArray(value) ? value[Number(step)] : undefined;
  return value;
}

/** Broken rules in words, each with the value, the field and the place in the source that `sourceOf` a top-level field. */
export function brokenRules(problems: readonly Problem[], message: object, sourceOf: (field: string) => Source): readonly string[] {
  if (problems.length === 0) return [];
  const { brokenRule }: typeof import("./broken-rule.ts") = require("./broken-rule.ts");
  return problems.map((problem) => brokenRule(problem, message, sourceOf(problem.field.split(".")[0] ?? "")));
}

/** What set the top-level fields, as far as anything did. */
export interface Sources<Field extends string> {
  get(field: Field): Source | undefined;
}

/** What set a top-level field. */
export function sourceOf<Field extends string>(sources: Sources<Field>, field: NoInfer<Field>): Source {
  return sources.get(field) ?? { origin: "the defaults" };
}

/** The top-level fields a document sets, by JSON name. */
export function fieldsIn(schema: MessageSchema, document: unknown): readonly string[] {
  if (!isObject(document)) return [];
  const fields: string[] = [];
  for (const [name, key] of writtenFields(schema, document).written) if (document[key] !== null) fields.push(name);
  return fields;
}
