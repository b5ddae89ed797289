import { parseDuration } from "../go/duration.ts";
import { isObject, kindOf } from "../go/json.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { MessageOf } from "./message-of.ts";
import {
  emptyRecord,
  type FieldType,
  jsonName,
  type MessageSchema,
  type ProtoMessage,
  type ProtoValue,
  type ScalarType,
} from "./schema.ts";

/** A remark on one value of a document: its path, and Go's message. */
export interface Finding {
  readonly path: readonly string[];
  readonly text: string;
}

/** A value of a wrong type or out of range. */
export interface InvalidValue extends Finding {
  readonly given: unknown;
  readonly expected: ScalarType | EnumType | "mapping" | "list";
}

export interface Decoded<Message> {
  readonly value: Message;
  /** Invalid values; the document cannot be used. */
  readonly errors: readonly InvalidValue[];
  /** Keys that the schema does not have; upstream ignores them (contract 1.6 §5.7, 1.30 §5.2). */
  readonly unknown: readonly Finding[];
}

/**
 * Decodes a JSON document into an existing message by proto-JSON rules (contract 1.6 §5.7, 1.30 §5.2): a field that is
 * present replaces the current value, `null` keeps it, camelCase takes precedence over snake_case.
 */
export function decodeInto<Schema extends MessageSchema>(
  schema: Schema,
  current: MessageOf<Schema>,
  document: unknown,
): Decoded<MessageOf<Schema>> {
  const findings: Findings = { errors: [], unknown: [] };
  const value = document === null ? current : messageFrom(schema, current, document, [], findings);
  // Every field of the value was read by the type that the schema has for it.
  return { value: value as MessageOf<Schema>, ...findings };
}

interface Findings {
  readonly errors: InvalidValue[];
  readonly unknown: Finding[];
}

function messageFrom(schema: MessageSchema, current: object, document: unknown, path: readonly string[], findings: Findings): ProtoMessage {
  const result: Record<string, ProtoValue> = { ...current };
  if (!isObject(document)) {
    findings.errors.push(wrongShape("mapping", document, path));
    return result;
  }
  const { written, unknown } = writtenFields(schema, document);
  for (const name of Object.keys(schema.fields)) {
    const key = written.get(name);
    const type = schema.fields[name];
    if (type === undefined || key === undefined || document[key] === null) continue;
    const group = schema.oneofs?.find((members) => members.includes(name));
    const value = valueFrom(type, document[key], [...path, key], findings);
    if (value === undefined) continue;
    for (const member of group ?? []) delete result[member];
    if (group === undefined && isZero(type, value)) delete result[name];
    else result[name] = value;
  }
  for (const key of unknown) findings.unknown.push({ path: [...path, key], text: `unknown field "${key}"` });
  return result;
}

/** Returns the fields that a document sets, by name with the key it uses, and the keys that are not fields. */
export function writtenFields(
  schema: MessageSchema,
  document: Readonly<Record<string, unknown>>,
): { readonly written: ReadonlyMap<string, string>; readonly unknown: readonly string[] } {
  const written = new Map<string, string>();
  const unknown: string[] = [];
  for (const key of Object.keys(document)) {
    const name = Object.hasOwn(schema.fields, key) ? key : jsonName(key);
    if (name === undefined || !Object.hasOwn(schema.fields, name)) unknown.push(key);
    else if (name === key || !Object.hasOwn(document, name)) written.set(name, key);
  }
  return { written, unknown };
}

function valueFrom(type: FieldType, given: unknown, path: readonly string[], findings: Findings): ProtoValue | undefined {
  if (typeof type === "object" && "message" in type) return messageFrom(type.message(), {}, given, path, findings);
  if (typeof type === "object" && "list" in type) return listFrom(type.list, given, path, findings);
  if (typeof type === "object" && "map" in type) return mapFrom(type.map, given, path, findings);
  const expected = typeof type === "object" && "wrapper" in type ? type.wrapper : type;
  const parsed = typeof expected === "string" ? scalarFrom(expected, given) : enumFrom(expected, given);
  if (parsed.ok) return parsed.value;
  findings.errors.push({ path, text: parsed.error, given, expected });
  return undefined;
}

function wrongShape(expected: "mapping" | "list", given: unknown, path: readonly string[]): InvalidValue {
  const type = expected === "list" ? "[]json.RawMessage" : "map[string]json.RawMessage";
  return { path, text: `json: cannot unmarshal ${kindOf(given)} into Go value of type ${type}`, given, expected };
}

function listFrom(type: FieldType, given: unknown, path: readonly string[], findings: Findings): ProtoValue | undefined {
  if (!Array.isArray(given)) {
    findings.errors.push(wrongShape("list", given, path));
    return undefined;
  }
  return given.map((each: unknown, index) => elementFrom(type, each, [...path, String(index)], findings));
}

function mapFrom(type: FieldType, given: unknown, path: readonly string[], findings: Findings): ProtoValue | undefined {
  if (!isObject(given)) {
    findings.errors.push(wrongShape("mapping", given, path));
    return undefined;
  }
  const result = emptyRecord<ProtoValue>();
  for (const key of Object.keys(given)) result[key] = elementFrom(type, given[key], [...path, key], findings);
  return result;
}

/** Decodes an element of a list or map, where `null` is the zero value. */
function elementFrom(type: FieldType, given: unknown, path: readonly string[], findings: Findings): ProtoValue {
  return (given === null ? undefined : valueFrom(type, given, path, findings)) ?? zeroOf(type);
}

function zeroOf(type: FieldType): ProtoValue {
  if (type === "string" || type === "int64") return type === "string" ? "" : "0";
  if (type === "bool") return false;
  if (type === "duration") return 0n;
  if (type === "struct") return {};
  if (typeof type === "string") return 0;
  if ("enum" in type) return type.names[0] ?? 0;
  return "list" in type ? [] : {};
}

/** Reports whether a plain scalar or enum has its zero value, which proto3 treats as absent. */
function isZero(type: FieldType, value: ProtoValue): boolean {
  if (type === "duration") return false;
  if (typeof type === "string") return value === zeroOf(type);
  return "enum" in type && numberOf(type, type.names.indexOf(String(value))) === 0;
}

function scalarFrom(type: ScalarType, given: unknown): Parsed<ProtoValue> {
  if (type === "string") return typeof given === "string" ? ok(given) : mismatch(given, "string");
  if (type === "bool") return typeof given === "boolean" ? ok(given) : mismatch(given, "bool");
  if (type === "duration") return durationFrom(given);
  if (type === "struct") return isObject(given) ? ok({}) : mismatch(given, "map[string]json.RawMessage");
  return numberFrom(type, given);
}

function durationFrom(given: unknown): Parsed<ProtoValue> {
  if (typeof given !== "string") return mismatch(given, "string");
  const parsed = parseDuration(given);
  return parsed.ok ? parsed : bad(`bad Duration: ${parsed.error}`);
}

const JSON_INTEGER = /^-?(?:0|[1-9]\d*)$/;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Numbers may be quoted. The quoted text is a JSON number, with optional spaces around it, or `null` for zero (jsonpb, both releases). */
function numberFrom(type: "int32" | "uint32" | "int64" | "double", given: unknown): Parsed<ProtoValue> {
  if (typeof given === "number" || typeof given === "bigint")
    return type === "double" ? ok(Number(given)) : integerFrom(type, Number(given), String(given));
  if (typeof given !== "string") return mismatch(given, type === "double" ? "float64" : type);
  if (type === "double" && (given === "NaN" || given === "Infinity" || given === "-Infinity")) return ok(Number(given));
  const text = given.replace(/^ +| +$/g, "");
  if (text === "null") return ok(type === "int64" ? "0" : 0);
  if (!JSON_NUMBER.test(text)) return mismatch(given, type === "double" ? "float64" : type);
  if (type !== "double") return JSON_INTEGER.test(text) ? integerFrom(type, Number(text), text) : outOf(type, text);
  return Number.isFinite(Number(text)) ? ok(Number(text)) : outOf("float64", text);
}

/** Checks the range of an integer; `text` has the digits that a number of 64 bits loses. */
function integerFrom(type: "int32" | "uint32" | "int64", value: number, text: string): Parsed<ProtoValue> {
  if (!Number.isInteger(value)) return outOf(type, text);
  if (type === "int64") {
    const exact = BigInt(JSON_INTEGER.test(text) ? text : value);
    return BigInt.asIntN(64, exact) === exact ? ok(String(exact)) : outOf(type, text);
  }
  const [low, high] = type === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return value >= low && value <= high ? ok(value) : outOf(type, text);
}

function outOf(type: string, text: string): Parsed<never> {
  return bad(`json: cannot unmarshal number ${text} into Go value of type ${type}`);
}

type EnumType = Extract<FieldType, { readonly enum: string }>;

function enumFrom(type: EnumType, given: unknown): Parsed<ProtoValue> {
  if (typeof given === "string") return type.names.includes(given) ? ok(given) : bad(`unknown value "${given}" for enum ${type.enum}`);
  if (typeof given !== "number" || !Number.isInteger(given)) return mismatch(given, "int32");
  return ok(type.names.find((_, index) => numberOf(type, index) === given) ?? given);
}

/** Returns the number of the name at an index of an enum. */
function numberOf({ numbers }: EnumType, index: number): number | undefined {
  return numbers === undefined ? index : numbers[index];
}

function mismatch(given: unknown, type: string): Parsed<never> {
  return bad(`json: cannot unmarshal ${kindOf(given)} into Go value of type ${type}`);
}
