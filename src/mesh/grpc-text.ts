import { quote } from "../go/literal.ts";
import { parseInteger } from "../go/number.ts";
import { errorName } from "../http/http2/errors.ts";
import { reasonPhrase } from "../http/reply.ts";
import { CODE, type GrpcStatus, OK } from "./grpc-status.ts";
import { shortened } from "./peer-text.ts";

/** The content type of a request or response. */
export const GRPC = "application/grpc";

/** Returns whether a content type is gRPC's: alone, or with a message format (`+proto`) or parameters. */
export function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(?:$|[+;])/i.test(contentType);
}

/**
 * Returns the text of a status as `grpc-message` carries it: UTF-8, all but printable ASCII percent-encoded. A long text is cut: it may
 * contain what the client has sent, and clients close a connection on which headers are too large.
 */
export function encodeStatusText(text: string): string {
  let encoded = "";
  for (const byte of new TextEncoder().encode(shortened(text))) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Decodes the text of a `grpc-message`; what is not percent-encoded properly is kept as it is. */
export function decodeStatusText(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  const bytes: number[] = [];
  const text = new TextEncoder().encode(encoded);
  for (let at = 0; at < text.length; at += 1) {
    const digits = /^%([0-9a-fA-F]{2})$/.exec(String.fromCharCode(...text.subarray(at, at + 3)))?.[1];
    bytes.push(digits === undefined ? (text[at] ?? 0) : Number.parseInt(digits, 16));
    if (digits !== undefined) at += 2;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Returns the status that trailers carry: UNKNOWN if they carry none, or one that is no number of 32 bits, as with Go's gRPC library. */
export function statusOfTrailers(code: string | undefined, message = ""): GrpcStatus {
  if (code === undefined) return { code: CODE.UNKNOWN, message: decodeStatusText(message) };
  const number = parseInteger(code, 10, 32);
  if (!number.ok) return { code: CODE.UNKNOWN, message: `transport: malformed grpc-status: ${number.error}` };
  // A negative number counts as the code with the same 32 bits.
  return number.value === CODE.OK ? OK : { code: number.value >>> 0, message: decodeStatusText(message) };
}

const BY_HTTP_STATUS: ReadonlyMap<number, number> = new Map([
  [400, CODE.INTERNAL],
  [401, CODE.UNAUTHENTICATED],
  [403, CODE.PERMISSION_DENIED],
  [404, CODE.UNIMPLEMENTED],
  [429, CODE.UNAVAILABLE],
  [502, CODE.UNAVAILABLE],
  [503, CODE.UNAVAILABLE],
  [504, CODE.UNAVAILABLE],
]);

/** Returns the status of a response that is not gRPC's, by its HTTP status ("HTTP to gRPC Status Code Mapping"). */
export function statusOfHttp(status: number, contentType: string | undefined): GrpcStatus {
  const type =
    contentType === undefined
      ? "malformed header: missing HTTP content-type"
      : `transport: received unexpected content-type ${quote(contentType)}`;
  return {
    code: BY_HTTP_STATUS.get(status) ?? CODE.UNKNOWN,
    message: `unexpected HTTP status code received from server: ${status} (${reasonPhrase(status)}); ${type}`,
  };
}

/** The statuses that Go's gRPC library gives the error codes of HTTP/2, by number. */
const BY_ERROR_CODE = [
  CODE.INTERNAL,
  CODE.INTERNAL,
  CODE.INTERNAL,
  CODE.RESOURCE_EXHAUSTED,
  CODE.INTERNAL,
  CODE.INTERNAL,
  CODE.INTERNAL,
  CODE.UNAVAILABLE,
  CODE.CANCELLED,
  CODE.INTERNAL,
  CODE.INTERNAL,
  CODE.RESOURCE_EXHAUSTED,
  CODE.PERMISSION_DENIED,
  CODE.INTERNAL,
];

/** Returns the status of a stream that was reset. `reason`: what the server has done, if that is known. */
export function statusOfReset(errorCode: number, reason?: string): GrpcStatus {
  const text = `stream terminated by RST_STREAM with error code: ${errorName(errorCode)}`;
  return { code: BY_ERROR_CODE[errorCode] ?? CODE.UNKNOWN, message: reason === undefined ? text : `${text} (${reason})` };
}
