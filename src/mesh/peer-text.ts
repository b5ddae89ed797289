import type { Headers } from "../http/message-head.ts";

/** How many characters are kept of a text: the other side of a connection can send any. */
const LONGEST = 1_000;

/** Returns what is kept of a text from the other side of a connection, or of one that contains such a text. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Returns such a text for a line of the log. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, LONGEST)
    .trim()
    .replace(/\s*\n\s*/g, "; ");
  return text.length > LONGEST ? `${line}…` : line;
}

/** Shorter values are left: they could be words of the text. */
const SHORTEST_SECRET = 8;

/** Returns a text from the other side of a connection without what it was sent in secret, if it repeats that. */
export function withoutSecrets(text: string, { token, headers }: Sent): string {
  const secrets = [token ?? "", ...headers.filter(([name]) => name !== "clusterid").map(([, value]) => value)];
  return secrets.filter(({ length }) => length >= SHORTEST_SECRET).reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

/** What a call was sent with. */
export interface Sent {
  readonly token: string | undefined;
  readonly headers: Headers;
}
