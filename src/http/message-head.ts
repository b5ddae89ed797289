/** Header fields in the order and spelling they came in; bytes above ASCII are Latin-1. */
export type Headers = readonly (readonly [name: string, value: string])[];

export interface RequestHead {
  readonly method: string;
  /** As sent: origin form, absolute form or `*`. */
  readonly target: string;
  readonly minor: 0 | 1;
  readonly headers: Headers;
}

export interface ResponseHead {
  readonly status: number;
  readonly minor: 0 | 1;
  readonly headers: Headers;
}

/** Why a message is refused: the status and the text after it. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HOST = /^[!$%&'()*+,\-.:;=@[\]_~0-9A-Za-z]*$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Go's client accepts blanks in a field's name, which it then does not know. */
const LOOSE_NAME = /^[ !#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const AROUND = /^[ \t]+|[ \t]+$/g;

/** Returns the value of the first field of a name. */
export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Reads a request's head, without its closing empty line, by the rules of Go's server. What cannot be read is a refusal, never an exception. */
export function parseRequestHead(text: string): RequestHead | Refusal {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [method = "", target = "", version = "", ...rest] = first.split(" ");
  if (!TOKEN.test(method) || target === "" || rest.length > 0) return refusal(400);
  const minor = /^HTTP\/(\d)\.(\d)$/.exec(version);
  if (minor === null) return refusal(400);
  if (minor[1] !== "1") return refusal(505, "HTTP Version Not Supported: unsupported protocol version");
  const headers = parseHeaders(lines, TOKEN);
  if ("status" in headers) return headers;
  const hosts = headers.filter(([name]) => name.toLowerCase() === "host");
  if (hosts.length === 0 && minor[2] !== "0") return refusal(400, "Bad Request: missing required Host header");
  if (hosts.length > 1) return refusal(400, "Bad Request: too many Host headers");
  if (!HOST.test(hosts[0]?.[1] ?? "")) return refusal(400, "Bad Request: malformed Host header");
  return { method, target, minor: minor[2] === "0" ? 0 : 1, headers };
}

/** Reads a response's head by the rules of Go's client; undefined for anything else. */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const found = /^HTTP\/(\d)\.(\d) +(\d{3}|\+\d\d)(?: |$)/.exec(first);
  const headers = parseHeaders(lines, LOOSE_NAME);
  if (found === null || "status" in headers) return undefined;
  const [, major, minor, status] = found;
  const isOld = `${major}.${minor}` < "1.1" && `${major}.${minor}` !== "0.0";
  return { status: Number(status), minor: isOld ? 0 : 1, headers };
}

/** Returns whether the fields behind a chunked body can be read. */
export function areTrailers(lines: readonly string[]): boolean {
  return !("status" in parseHeaders(lines, LOOSE_NAME));
}

function parseHeaders(lines: readonly string[], names: RegExp): Headers | Refusal {
  const headers: [string, string][] = [];
  for (const line of lines) {
    // A line that begins with a blank continues the one before.
    const last = /^[ \t]/.test(line) ? headers.at(-1) : undefined;
    const at = line.indexOf(":");
    if (last === undefined && (at < 1 || /^[ \t]/.test(line))) return refusal(400, "Bad Request: malformed MIME header line");
    const name = last?.[0] ?? line.slice(0, at);
    const value =
      last === undefined ? line.slice(at + 1).replace(AROUND, "") : `${last[1]} ${line.replace(AROUND, "")}`.replace(AROUND, "");
    if (!names.test(name)) return refusal(400, "Bad Request: invalid header name");
    if (!VALUE.test(value)) return refusal(400, "Bad Request: invalid header value");
    if (last === undefined) headers.push([name, value]);
    else last[1] = value;
  }
  return headers;
}

function refusal(status: number, reason = "Bad Request"): Refusal {
  return { status, reason };
}
