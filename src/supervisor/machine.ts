import type { Notice } from "../common/notice.ts";

// What the state machines of this module share.

/** One step: the state after an event, and what is to be begun. */
export type Step<State, Command> = readonly [State, readonly Command[]];

/** The members of a union of one kind, or of a few. */
export type OfKind<Union extends { readonly kind: string }, Kind extends Union["kind"]> = Extract<Union, { readonly kind: Kind }>;

/** The command that writes a line of the log. */
export type Say = { readonly kind: "say" } & Notice;

export function say(level: Notice["level"], text: string): Say {
  return { kind: "say", level, text };
}

/** Puts commands before those of a step. */
export function after<State, Command>(first: readonly Command[], [state, commands]: Step<State, Command>): Step<State, Command> {
  return [state, [...first, ...commands]];
}
