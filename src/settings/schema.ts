/**
 * The fields of a protobuf message in its JSON form, in declaration order: the order decides which member of a oneof
 * wins when a document sets several (contract 1.30 §5.2).
 */
export interface MessageSchema {
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Groups of fields of which at most one is set. */
  readonly oneofs?: readonly (readonly string[])[];
}

/** Scalar types. `struct` is any JSON object: only that is checked, and its members are dropped, as nothing uses them. */
export type ScalarType = "string" | "bool" | "int32" | "uint32" | "int64" | "double" | "duration" | "struct";

/**
 * The type of a field. A `wrapper` is a scalar with presence (such as google.protobuf.Int32Value); any other scalar is absent
 * when it is zero. The names of an enum are numbered from zero, unless it has numbers. Message schemas are created on demand,
 * as a document uses few of them.
 */
export type FieldType =
  | ScalarType
  | { readonly wrapper: ScalarType }
  | { readonly enum: string; readonly names: readonly string[]; readonly numbers?: readonly number[] }
  | { readonly message: () => MessageSchema }
  | { readonly list: FieldType }
  | { readonly map: FieldType };

/** A decoded value: a duration in nanoseconds is a bigint, an enum its name or an unknown number, a 64-bit integer its decimal digits. */
export type ProtoValue = string | number | boolean | bigint | readonly ProtoValue[] | ProtoMessage;
export interface ProtoMessage {
  readonly [field: string]: ProtoValue;
}

/** Returns the JSON name of a proto name (`proxy_admin_port`: `proxyAdminPort`); undefined for other texts. Documents may use either. */
export function jsonName(protoName: string): string | undefined {
  if (!protoName.includes("_") || /[A-Z]|_(?![a-z])/.test(protoName)) return undefined;
  return protoName.replace(/_[a-z]/g, (mark) => mark.slice(1).toUpperCase());
}

/** Returns an enum type whose names are numbered from zero. */
export function enumOf<const Names extends readonly string[]>(
  name: string,
  ...names: Names
): { readonly enum: string; readonly names: Names } {
  return { enum: name, names };
}

/** Returns a message type. */
export function message<const Schema extends MessageSchema>(schema: () => Schema): { readonly message: () => Schema } {
  return { message: schema };
}

/** A list of strings. */
export const TEXTS = { list: "string" } as const;
/** A map of strings. */
export const TEXT_MAP = { map: "string" } as const;
/** A boolean with presence. */
export const BOOL_VALUE = { wrapper: "bool" } as const;

/** Reports whether a value is a message or a map. */
export function isMessage(value: ProtoValue | undefined): value is ProtoMessage {
  return typeof value === "object" && !Array.isArray(value);
}

/** Returns a record without a prototype, in which names such as `__proto__` are ordinary keys. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}
