import { isObject } from "../go/json.ts";
import { parseDocument, positionIn } from "../inputs/document.ts";
import type { Notice } from "../inputs/notice.ts";
import { decodeInto, type Finding, writtenFields } from "./decode.ts";
import type { MessageSchema, ProtoMessage } from "./schema.ts";

/** One source of settings: its text, and what messages call it. */
export interface Layer {
  readonly origin: string;
  readonly text: string;
}

/** What came of laying one layer over a message. */
export interface Layered {
  readonly value: ProtoMessage;
  readonly problems: readonly string[];
  readonly notices: readonly Notice[];
}

/** The document of a layer, or the problem with it. */
export function documentOf(layer: Layer): { readonly document: unknown; readonly problems: readonly string[] } {
  const parsed = parseDocument(layer.text);
  return parsed.ok
    ? { document: parsed.value, problems: [] }
    : { document: null, problems: [`${layer.origin} is not valid YAML or JSON: ${parsed.error}`] };
}

/** A document decoded into a message, its findings worded with path, position and origin. */
export function decodeLayer(
  schema: MessageSchema,
  current: ProtoMessage,
  document: unknown,
  layer: Layer,
  prefix: readonly string[] = [],
): Layered {
  const decoded = decodeInto(schema, current, document);
  const said = ({ path, text }: Finding) => {
    const whole = [...prefix, ...path];
    return `${whole.join(".") || "the document"} in ${layer.origin}${positionIn(layer.text, whole)}: ${text}`;
  };
  return {
    value: decoded.value,
    problems: decoded.errors.map(said),
    notices: decoded.unknown.map((finding) => ({ level: "warn", text: `Ignoring ${said(finding)}` })),
  };
}

/** The top-level fields a document sets, by JSON name. */
export function fieldsIn(schema: MessageSchema, document: unknown): readonly string[] {
  if (!isObject(document)) return [];
  const fields: string[] = [];
  for (const [name, key] of writtenFields(schema, document).written) if (document[key] !== null) fields.push(name);
  return fields;
}
