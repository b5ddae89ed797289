import type { Headers } from "./message-head.ts";

/** A response of the server. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** A text, or pieces in order; the memory of each piece is freed after it is sent. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Called when the response was written to the socket. */
  readonly sent?: () => void;
}

const PHRASES: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  411: "Length Required",
  413: "Request Entity Too Large",
  414: "Request URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  418: "I'm a teapot",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** Returns the reason phrase of a status. */
export function reasonPhrase(status: number): string {
  return PHRASES[status] ?? `status code ${status}`;
}

/** Returns a response without a body. */
export function emptyReply(status: number): Reply {
  return { status, headers: [], body: "" };
}

/** Returns a plain-text response with a newline at its end, as Go's `http.Error` does. */
export function errorReply(status: number, text: string): Reply {
  return {
    status,
    headers: [
      ["Content-Type", "text/plain; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
    ],
    body: `${text}\n`,
  };
}
