import type { ProtoMessage, ProtoValue } from "./schema.ts";

/** A text field; absent is empty. */
export function textOf(message: ProtoMessage | undefined, field: string): string {
  const value = message?.[field];
  return typeof value === "string" ? value : "";
}

/** A number field; absent is zero. */
export function numberOf(message: ProtoMessage | undefined, field: string): number {
  return optionalNumber(message, field) ?? 0;
}

export function optionalNumber(message: ProtoMessage | undefined, field: string): number | undefined {
  const value = message?.[field];
  return typeof value === "number" ? value : undefined;
}

/** A duration field in nanoseconds. */
export function durationOf(message: ProtoMessage | undefined, field: string): bigint | undefined {
  const value = message?.[field];
  return typeof value === "bigint" ? value : undefined;
}

export function messageOf(message: ProtoMessage | undefined, field: string): ProtoMessage | undefined {
  const value = message?.[field];
  return isMessage(value) ? value : undefined;
}

/** A list of messages; absent is empty. */
export function messagesOf(message: ProtoMessage | undefined, field: string): readonly ProtoMessage[] {
  const value = message?.[field];
  return Array.isArray(value) ? value.filter(isMessage) : [];
}

/** A list of texts; absent is empty. */
export function textsOf(message: ProtoMessage | undefined, field: string): readonly string[] {
  const value = message?.[field];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

/** A map of texts; absent is empty. */
export function textMapOf(message: ProtoMessage | undefined, field: string): readonly (readonly [string, string])[] {
  return Object.entries(messageOf(message, field) ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

function isMessage(value: ProtoValue | undefined): value is ProtoMessage {
  return typeof value === "object" && !Array.isArray(value);
}
