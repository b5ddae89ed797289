/** The names of the error codes, by number (RFC 9113 §7). */
const NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

/** The error codes that are sent. */
export const ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;

/** Returns the name of an error code; a text with its number if it has none. */
export function errorName(code: number): string {
  return NAMES[code] ?? `unknown error code 0x${code.toString(16)}`;
}

/** What a peer has done that ends the connection. */
export class Http2Error extends Error {
  override readonly name = "Http2Error";
  constructor(
    readonly code: number,
    reason: string,
  ) {
    super(`${errorName(code)}: ${reason}`);
  }
}
