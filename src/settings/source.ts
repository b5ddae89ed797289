/** Where a setting comes from. */
export interface Source {
  /** The name of the source in messages. */
  readonly origin: string;
  /** The document that sets it, where there is one. */
  readonly text?: string;
  /** The path in the document at which the message begins. */
  readonly prefix?: readonly string[];
}

/** The sources of top-level fields; a field without one has its default. */
export interface Sources<Field extends string> {
  get(field: Field): Source | undefined;
}

/** Returns the source of a top-level field. */
export function sourceOf<Field extends string>(sources: Sources<Field>, field: NoInfer<Field>): Source {
  return sources.get(field) ?? { origin: "the defaults" };
}
