import type { Pieces } from "./pieces.ts";

/** What a field of each kind holds. `embedded` is a message that is not looked into. */
export interface Kinds {
  readonly string: string;
  readonly bytes: Pieces;
  readonly embedded: Pieces;
  readonly bool: boolean;
  readonly int32: number;
  readonly uint32: number;
  readonly int64: bigint;
  readonly uint64: bigint;
  readonly double: number;
}

/** Its number, its kind, and how often it occurs. `optional`: without a default value; `oneof`: the same, at most one of that name. */
export type Field = { readonly number: number; readonly repeated?: true; readonly optional?: true; readonly oneof?: string } & (
  | { readonly kind: keyof Kinds }
  | { readonly kind: "message"; readonly table: Table }
);

/** The fields of a message that are read or written, by their names, in the order of their numbers. Others are ignored. */
export interface Table {
  readonly [name: string]: Field;
}

type Single<F extends Field> = F extends { readonly kind: "message"; readonly table: infer T extends Table }
  ? Decoded<T>
  : F["kind"] extends keyof Kinds
    ? Kinds[F["kind"]]
    : never;

type MayBeAbsent<F extends Field> = F extends { readonly repeated: true }
  ? false
  : F extends { readonly kind: "message" | "embedded" } | { readonly optional: true } | { readonly oneof: string }
    ? true
    : false;

type Value<F extends Field> = F extends { readonly repeated: true } ? readonly Single<F>[] : Single<F>;

/** A message that was read: absent fields have their default values, except those that have none. */
export type Decoded<T extends Table> = { readonly [K in keyof T as MayBeAbsent<T[K]> extends true ? never : K]: Value<T[K]> } & {
  readonly [K in keyof T as MayBeAbsent<T[K]> extends true ? K : never]?: Value<T[K]>;
};

/** A message to be written: every field may be absent. */
export type Encodable<T extends Table> = {
  readonly [K in keyof T]?: T[K] extends { readonly kind: "message"; readonly table: infer N extends Table }
    ? T[K] extends { readonly repeated: true }
      ? readonly Encodable<N>[]
      : Encodable<N>
    : Value<T[K]>;
};

/** Why bytes are not a message. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/** Returns why bytes are not a message, as Go's protobuf library begins such texts. @throws the error itself if it is another one */
export function protoText(error: unknown): string {
  if (!(error instanceof ProtobufError)) throw error;
  return `proto: ${error.message}`;
}

/** The wire types that are in use. */
export const WIRE = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

/** What an absent field of each kind has; undefined if it has nothing. */
export const DEFAULTS: Readonly<Record<keyof Kinds, unknown>> = {
  string: "",
  bytes: [],
  embedded: undefined,
  bool: false,
  int32: 0,
  uint32: 0,
  int64: 0n,
  uint64: 0n,
  double: 0,
};

/** Reports whether a field can be absent. */
export function hasPresence(field: Field): boolean {
  return field.optional === true || field.oneof !== undefined;
}

/** Returns the wire type of a field. */
export function wireOf(field: Field): number {
  switch (field.kind) {
    case "message":
    case "embedded":
    case "string":
    case "bytes":
      return WIRE.length;
    case "double":
      return WIRE.fixed64;
    default:
      return WIRE.varint;
  }
}
