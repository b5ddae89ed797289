import type { Notice } from "../common/notice.ts";

// Types shared by the state machines of this module.

/** The state after an event, and the commands to execute. */
export type Step<State, Command> = readonly [State, readonly Command[]];

/** The members of a union with one of these kinds. */
export type OfKind<Union extends { readonly kind: string }, Kind extends Union["kind"]> = Extract<Union, { readonly kind: Kind }>;

/** The command that writes a log line. */
export type LogCommand = { readonly kind: "log" } & Notice;

export function logLine(level: Notice["level"], text: string): LogCommand {
  return { kind: "log", level, text };
}

/** Prepends commands to those of a step. */
export function prepend<State, Command>(first: readonly Command[], [state, commands]: Step<State, Command>): Step<State, Command> {
  return [state, [...first, ...commands]];
}
