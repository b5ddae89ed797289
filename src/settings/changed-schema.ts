import type { FieldType, MessageSchema } from "./schema.ts";

/** Fields by path, with dots between messages, that a schema has otherwise than another: their types, or undefined where it lacks them. */
export type SchemaChanges = Readonly<Record<string, FieldType | undefined>>;

/** A schema with the changes to its own fields; the type of a message in it does not show what is changed there. */
export type ChangedSchema<Base extends MessageSchema, Changes extends SchemaChanges> = Omit<Base, "fields"> & {
  readonly fields: Omit<Base["fields"], keyof Changes> & {
    readonly [Name in keyof Changes as Name extends `${string}.${string}`
      ? never
      : Changes[Name] extends FieldType
        ? Name
        : never]: Changes[Name];
  };
};

/** Returns a schema with changes; a new field comes last. */
export function changedSchema<Base extends MessageSchema, const Changes extends SchemaChanges>(
  base: Base,
  changes: Changes,
): ChangedSchema<Base, Changes> {
  return changed(base, changes) as ChangedSchema<Base, Changes>; // the same changes, by their types
}

function changed(base: MessageSchema, changes: SchemaChanges): MessageSchema {
  const fields: Record<string, FieldType> = { ...base.fields };
  const below = new Map<string, Record<string, FieldType | undefined>>();
  for (const [path, type] of Object.entries(changes)) {
    const [name = "", rest] = path.split(/\.(.*)/s);
    if (rest !== undefined) below.set(name, { ...below.get(name), [rest]: type });
    else if (type === undefined) delete fields[name];
    else fields[name] = type;
  }
  for (const [name, inner] of below) {
    const field = fields[name];
    if (field !== undefined) fields[name] = changedField(field, inner);
  }
  return { ...base, fields };
}

function changedField(field: FieldType, changes: SchemaChanges): FieldType {
  if (typeof field === "string") return field;
  if ("message" in field) return { message: () => changed(field.message(), changes) };
  return "list" in field ? { list: changedField(field.list, changes) } : field;
}
