import { protoDuration } from "../go/duration.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";
import type { MessageOf } from "./message-of.ts";
import { emptyRecord, type FieldType, isMessage, type MessageSchema, type ProtoMessage, type ProtoValue } from "./schema.ts";

/**
 * Encodes a message as proto-JSON: camelCase names, durations as text, 64-bit integers and non-finite numbers quoted, zero scalars
 * omitted (contract 1.6 §5.8, 1.30 §6.3). `keepEmpty` writes empty lists and maps, too.
 */
export function encodeMessage<Schema extends MessageSchema>(schema: Schema, message: MessageOf<Schema>, keepEmpty: boolean): JsonObject;
export function encodeMessage(schema: MessageSchema, message: ProtoMessage, keepEmpty: boolean): JsonObject {
  const result = emptyRecord<JsonValue>();
  for (const name of Object.keys(schema.fields)) {
    const type = schema.fields[name];
    const value = message[name];
    if (type === undefined || value === undefined || (!keepEmpty && isEmptyCollection(type, value))) continue;
    result[name] = encodeValue(type, value, keepEmpty);
  }
  return result;
}

function isEmptyCollection(type: FieldType, value: ProtoValue): boolean {
  if (typeof type !== "object" || !("list" in type || "map" in type)) return false;
  return Object.keys(value).length === 0;
}

function encodeValue(type: FieldType, value: ProtoValue, keepEmpty: boolean): JsonValue {
  if (typeof value === "bigint") return protoDuration(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object") return value;
  if (!isMessage(value)) {
    const element = typeof type === "object" && "list" in type ? type.list : type;
    return value.map((each) => encodeValue(element, each, keepEmpty));
  }
  if (typeof type === "object" && "message" in type) return encodeMessage(type.message(), value, keepEmpty);
  const result = emptyRecord<JsonValue>();
  const element = typeof type === "object" && "map" in type ? type.map : type;
  for (const [key, each] of Object.entries(value)) result[key] = encodeValue(element, each, keepEmpty);
  return result;
}
