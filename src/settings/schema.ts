/**
 * The shape of a protobuf message as its JSON form sees it. Field order is declaration order: it decides which
 * member of a oneof wins when a document sets several (contract 1.30 §5.2).
 */
export interface MessageSchema {
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Groups of fields of which at most one is set. */
  readonly oneofs?: readonly (readonly string[])[];
}

/** `struct` is any JSON object: its shape is checked and its members are not kept, as nothing uses them. */
export type ScalarType = "string" | "bool" | "int32" | "uint32" | "int64" | "double" | "duration" | "struct";

/**
 * `wrapper` is a scalar with presence (google.protobuf.Int32Value and its kind); every other scalar is absent
 * when it is zero. The names of an enum are numbered from zero, unless it has numbers. The shape of a message is made when
 * one is met: a document has few of the many there are.
 */
export type FieldType =
  | ScalarType
  | { readonly wrapper: ScalarType }
  | { readonly enum: string; readonly names: readonly string[]; readonly numbers?: readonly number[] }
  | { readonly message: () => MessageSchema }
  | { readonly list: FieldType }
  | { readonly map: FieldType };

/** A decoded value: durations are nanoseconds (bigint), enums names or unknown numbers, 64-bit integers decimal texts. */
export type ProtoValue = string | number | boolean | bigint | readonly ProtoValue[] | ProtoMessage;
export interface ProtoMessage {
  readonly [field: string]: ProtoValue;
}

/** `proxy_admin_port` → `proxyAdminPort`: the field of a proto name, accepted on input beside the JSON name; undefined for other texts. */
export function jsonName(protoName: string): string | undefined {
  if (!protoName.includes("_") || /[A-Z]|_(?![a-z])/.test(protoName)) return undefined;
  return protoName.replace(/_[a-z]/g, (mark) => mark.slice(1).toUpperCase());
}

/** An enum whose names are numbered from zero. */
export function enumOf<const Names extends readonly string[]>(
  name: string,
  ...names: Names
): { readonly enum: string; readonly names: Names } {
  return { enum: name, names };
}

/** A field that holds a message. */
export function message<const Schema extends MessageSchema>(schema: () => Schema): { readonly message: () => Schema } {
  return { message: schema };
}

/** A field that holds a list of strings. */
export const TEXTS = { list: "string" } as const;
/** A field that holds a map from text to text. */
export const TEXT_MAP = { map: "string" } as const;
/** A truth value that may be absent. */
export const BOOL_VALUE = { wrapper: "bool" } as const;

/** Whether a value is a message or a map. */
export function isMessage(value: ProtoValue | undefined): value is ProtoMessage {
  return typeof value === "object" && !Array.isArray(value);
}

/** A record without a prototype: names such as `__proto__` are plain keys of it. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}
