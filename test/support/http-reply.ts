import { headersIn, readChunks } from "./http-message.ts";

/** An HTTP/1.1 reply as received from a socket. */
export interface Reply {
  readonly status: number;
  /** By lower-case name; the last of duplicates. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether another request may follow on the connection. */
  readonly keepsOpen: boolean;
  /** The number of bytes of the reply. */
  readonly length: number;
}

/**
 * Reads the reply at the start of the received bytes; `ended`: no more will follow. Returns "more" if it is incomplete, "broken" if it is
 * invalid.
 */
export function readReply(bytes: Buffer, method: string, ended: boolean): Reply | "more" | "broken" {
  const short = ended ? "broken" : "more";
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return short;
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const [, version, code] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? [];
  if (code === undefined) return "broken";
  const status = Number(code);
  const headers = headersIn(lines);
  const start = headEnd + 4;
  if (status < 200) {
    const rest = readReply(bytes.subarray(start), method, ended);
    return typeof rest === "string" ? rest : { ...rest, length: rest.length + start };
  }
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const mayStay = connection === "keep-alive" || (version === "1" && connection !== "close");
  const head = { status, headers };
  if (method === "HEAD" || status === 204 || status === 304) return { ...head, body: Buffer.alloc(0), keepsOpen: mayStay, length: start };
  if (headers.get("transfer-encoding")?.toLowerCase().includes("chunked")) {
    const chunks = readChunks(bytes, start);
    if (typeof chunks === "string") return chunks === "more" ? short : chunks;
    return { ...head, ...chunks, keepsOpen: mayStay };
  }
  const declared = headers.get("content-length");
  if (declared === undefined) return ended ? { ...head, body: bytes.subarray(start), keepsOpen: false, length: bytes.length } : "more";
  const length = start + Number(declared);
  return bytes.length < length ? short : { ...head, body: bytes.subarray(start, length), keepsOpen: mayStay, length };
}
