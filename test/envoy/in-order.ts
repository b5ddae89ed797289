import { expect } from "bun:test";

/** Expects texts to occur in this order in a log. */
export function inOrder(log: string, ...texts: readonly string[]): void {
  let at = 0;
  for (const text of texts) {
    const found = log.indexOf(text, at);
    expect(found < 0 ? `"${text}" does not follow in:\n${log}` : "").toBe("");
    at = found + text.length;
  }
}
