import type { FieldType, MessageSchema, ProtoMessage, ProtoValue, ScalarType } from "./schema.ts";

// Types inferred from schemas, so that a wrong field, kind or enum value does not compile.

/** The values of scalar types. */
interface Scalars {
  readonly string: string;
  readonly bool: boolean;
  readonly int32: number;
  readonly uint32: number;
  /** Decimal digits, as a number of 64 bits does not fit a JavaScript number. */
  readonly int64: string;
  readonly double: number;
  /** In nanoseconds. */
  readonly duration: bigint;
  readonly struct: Readonly<Record<string, never>>;
}

/**
 * A message of a schema: every field may be absent, and a oneof has at most one member. A plain scalar with its zero value
 * is absent; a wrapper and a member of a oneof keep it. Any message fits a schema whose fields are not known to the compiler.
 */
export type MessageOf<Schema extends MessageSchema> = string extends keyof Schema["fields"]
  ? ProtoMessage
  : { readonly [Name in Exclude<keyof Schema["fields"], OneofMember<Schema>>]?: FieldOf<Schema, Name> } & Oneofs<
      Schema,
      Schema extends { readonly oneofs: infer Groups } ? Groups : readonly []
    >;

/** A decoded value of a field. An enum is one of its names, or a number without a name. */
export type ValueOf<Type extends FieldType> = FieldType extends Type
  ? ProtoValue
  : Type extends ScalarType
    ? Scalars[Type]
    : Type extends { readonly wrapper: infer Wrapped extends ScalarType }
      ? Scalars[Wrapped]
      : Type extends { readonly names: readonly (infer Name extends string)[] }
        ? Name | number
        : Type extends { readonly message: () => infer Schema extends MessageSchema }
          ? MessageOf<Schema>
          : Type extends { readonly list: infer Element extends FieldType }
            ? readonly ValueOf<Element>[]
            : Type extends { readonly map: infer Element extends FieldType }
              ? Readonly<Record<string, ValueOf<Element>>>
              : never;

type FieldOf<Schema extends MessageSchema, Name extends PropertyKey> = Name extends keyof Schema["fields"]
  ? ValueOf<NonNullable<Schema["fields"][Name]>>
  : never;

type OneofMember<Schema extends MessageSchema> = Schema extends { readonly oneofs: readonly (readonly (infer Name)[])[] } ? Name : never;

type Oneofs<Schema extends MessageSchema, Groups> = Groups extends readonly [infer Group extends readonly string[], ...infer Rest]
  ? Oneof<Schema, Group[number]> & Oneofs<Schema, Rest>
  : unknown;

/** At most one of the members. */
type Oneof<Schema extends MessageSchema, Member extends string> =
  | { readonly [Name in Member]?: never }
  | {
      readonly [Chosen in Member]: { readonly [Name in Chosen]: FieldOf<Schema, Name> } & {
        readonly [Name in Exclude<Member, Chosen>]?: never;
      };
    }[Member];

/** The path of a field, with dots between messages; a map accepts any key. */
export type PathOf<Message> = {
  [Name in keyof Message & string]: Name | Below<Name, NonNullable<Message[Name]>>;
}[keyof Message & string];

type Below<Name extends string, Value> = Value extends string | number | bigint | boolean | readonly unknown[]
  ? never
  : string extends keyof Value
    ? `${Name}.${string}`
    : `${Name}.${PathOf<Value>}`;
