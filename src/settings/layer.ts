import { isObject, valueAt } from "../go/json.ts";
import { faultIn, keyPositionIn, parseDocument, positionIn } from "../inputs/document.ts";
import type { Problem } from "./checks.ts";
import { decodeInto, type Finding, type InvalidValue, writtenFields } from "./decode.ts";
import type { SchemaRoot } from "./decode-messages.ts";
import type { MessageOf } from "./message-of.ts";
import type { MessageSchema } from "./schema.ts";
import type { Source } from "./source.ts";

/** One document of settings, with its name in messages. */
export interface Layer {
  readonly origin: string;
  readonly text: string;
}

/** The result of merging one layer into a message. */
export interface Layered<Message> {
  readonly value: Message;
  readonly problems: readonly string[];
  /** Warnings of fields that the release ignores. */
  readonly unknown: readonly string[];
  /** The JSON names of the top-level fields that the layer sets. */
  readonly fields: readonly string[];
}

/** Parses the document of a layer; one that cannot be read is a problem and an empty document. */
export function documentOf(layer: Layer): { readonly document: unknown; readonly problems: readonly string[] } {
  const parsed = parseDocument(layer.text);
  return parsed.ok
    ? { document: parsed.value, problems: [] }
    : { document: null, problems: [`${layer.origin} is not valid YAML or JSON: ${faultIn(layer.text, parsed.error)}`] };
}

/** Where a decoded document is inside its layer, and where else its fields may belong. */
export interface Place {
  /** The path of the document in the layer. */
  readonly prefix?: readonly string[];
  /** Other messages in the layer, whose fields the hints on unknown fields may name. */
  readonly others?: readonly SchemaRoot[];
}

/** Decodes a document into a message and describes its findings with path, position and origin. */
export function decodeLayer<Schema extends MessageSchema>(
  schema: Schema,
  current: MessageOf<Schema>,
  document: unknown,
  layer: Layer,
  { prefix = [], others = [] }: Place = {},
): Layered<MessageOf<Schema>> {
  const { value, errors, unknown } = decodeInto(schema, current, document);
  const fields = fieldsIn(schema, document);
  if (errors.length === 0 && unknown.length === 0) return { value, problems: [], unknown: [], fields };
  const { invalidValueText, unknownFieldHint }: typeof import("./decode-messages.ts") = require("./decode-messages.ts");
  const { withoutSecret }: typeof import("../secrets/secret-names.ts") = require("../secrets/secret-names.ts");
  const roots = [{ prefix, schema }, ...others];
  const messageAt = (path: readonly string[], place: string, text: string) =>
    `${path.join(".") || "the document"} in ${layer.origin}${place}: ${text}`;
  const invalidMessage = (invalid: InvalidValue) => {
    const path = [...prefix, ...invalid.path];
    return messageAt(path, positionIn(layer.text, path), withoutSecret(path, invalidValueText(invalid)));
  };
  const unknownMessage = ({ path, text }: Finding) => {
    const whole = [...prefix, ...path];
    return messageAt(whole, keyPositionIn(layer.text, whole), `${text}${unknownFieldHint(whole, valueAt(document, path), roots)}`);
  };
  return { value, problems: errors.map(invalidMessage), unknown: unknown.map(unknownMessage), fields };
}

/** Describes problems, each with its value, field and place; `sourceOf` returns the source of a top-level field. */
export function problemMessages(problems: readonly Problem[], message: object, sourceOf: (field: string) => Source): readonly string[] {
  if (problems.length === 0) return [];
  const { problemMessage }: typeof import("./problem-message.ts") = require("./problem-message.ts");
  return problems.map((problem) => problemMessage(problem, message, sourceOf(problem.field.split(".")[0] ?? "")));
}

/** Returns the JSON names of the top-level fields that a document sets. */
function fieldsIn(schema: MessageSchema, document: unknown): readonly string[] {
  if (!isObject(document)) return [];
  const fields: string[] = [];
  for (const [name, key] of writtenFields(schema, document).written) if (document[key] !== null) fields.push(name);
  return fields;
}
