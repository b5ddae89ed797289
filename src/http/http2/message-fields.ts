import type { Headers } from "../message-head.ts";

/** The parts of a message that have fields. */
export type FieldsKind = "request" | "response" | "trailers";

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** A value may not have what would end a line in HTTP/1, nor what is no byte. */
const FORBIDDEN = /[\0\r\n]|[^\0-\xff]/;
/** Fields that only mean something on one connection of HTTP/1 (RFC 9113 §8.2.2). */
const OF_CONNECTION = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);
const PSEUDO: Readonly<Record<FieldsKind, readonly string[]>> = {
  request: [":method", ":scheme", ":authority", ":path"],
  response: [":status"],
  trailers: [],
};

/** Returns why fields are malformed; undefined if they are not (RFC 9113 §8.1 to §8.3). */
export function fieldsProblem(fields: Headers, kind: FieldsKind): string | undefined {
  const pseudo = new Map<string, string>();
  let isPseudo = true;
  for (const [name, value] of fields) {
    if (FORBIDDEN.test(value)) return "the value of a header field is invalid";
    isPseudo &&= name.startsWith(":");
    if (!isPseudo) {
      if (!NAME.test(name)) return "the name of a header field is invalid";
      if (OF_CONNECTION.has(name) || (name === "te" && value !== "trailers")) return `there is no header field ${name} in HTTP/2`;
    } else if (!PSEUDO[kind].includes(name) || pseudo.has(name)) return "a pseudo-header field is unknown or repeated";
    else pseudo.set(name, value);
  }
  return pseudoProblem(pseudo, kind);
}

function pseudoProblem(pseudo: ReadonlyMap<string, string>, kind: FieldsKind): string | undefined {
  if (kind === "response") return /^[1-5]\d\d$/.test(pseudo.get(":status") ?? "") ? undefined : "the response has no valid status";
  if (kind === "trailers" || (pseudo.get(":method") === "CONNECT" && pseudo.has(":authority"))) return undefined;
  const isMissing = [":method", ":scheme", ":path"].some((name) => (pseudo.get(name) ?? "") === "");
  return isMissing ? "the request has no method, scheme or path" : undefined;
}

/** Returns whether fields are those of an interim response (RFC 9110 §15.2). */
export function isInterim(fields: Headers): boolean {
  return fields.some(([name, value]) => name === ":status" && value.startsWith("1"));
}
