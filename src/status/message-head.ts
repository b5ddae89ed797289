/** Header fields in the order and spelling they came in; bytes above ASCII stand as Latin-1. */
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

/** Why a message is refused: the status and the words after it. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HOST = /^[!$%&'()*+,\-.:;=@[\]_~0-9A-Za-z]*$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The value of a field, the first of its name. */
export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Reads a request's head, without its closing empty line, by the rules of Go's server. Trouble is a refusal, never an exception. */
export function parseRequestHead(text: string): RequestHead | Refusal {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [method = "", target = "", version = "", ...rest] = first.split(" ");
  if (!TOKEN.test(method) || target === "" || rest.length > 0) return refusal(400);
  const minor = /^HTTP\/(\d)\.(\d)$/.exec(version);
  if (minor === null) return refusal(400);
  if (minor[1] !== "1") return refusal(505, "HTTP Version Not Supported: unsupported protocol version");
  const headers = parseHeaders(lines);
  if ("status" in headers) return headers;
  const hosts = headers.filter(([name]) => name.toLowerCase() === "host");
  if (hosts.length === 0 && minor[2] !== "0") return refusal(400, "Bad Request: missing required Host header");
  if (hosts.length > 1) return refusal(400, "Bad Request: too many Host headers");
  if (!HOST.test(hosts[0]?.[1] ?? "")) return refusal(400, "Bad Request: malformed Host header");
  return { method, target, minor: minor[2] === "0" ? 0 : 1, headers };
}

/** Reads a response's head; undefined when it is none. */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const found = /^HTTP\/1\.(\d) (\d{3})(?: .*)?$/.exec(first);
  const headers = parseHeaders(lines);
  if (found === null || "status" in headers) return undefined;
  return { status: Number(found[2]), minor: found[1] === "0" ? 0 : 1, headers };
}

function parseHeaders(lines: readonly string[]): Headers | Refusal {
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const at = line.indexOf(":");
    const name = line.slice(0, at);
    const value = line.slice(at + 1).trim();
    if (at < 0) return refusal(400, "Bad Request: malformed MIME header line");
    if (!TOKEN.test(name)) return refusal(400, "Bad Request: invalid header name");
    if (!VALUE.test(value)) return refusal(400, "Bad Request: invalid header value");
    headers.push([name, value]);
  }
  return headers;
}

function refusal(status: number, reason = "Bad Request"): Refusal {
  return { status, reason };
}
