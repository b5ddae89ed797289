import type { Headers } from "./header-fields.ts";

/** An answer of the server. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** A text, or pieces as they come; the memory of each is freed when it has been sent. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Called when the answer has been handed to the system. */
  readonly sent?: () => void;
}

const PHRASES: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  304: "Not Modified",
  307: "Temporary Redirect",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  417: "Expectation Failed",
  418: "I'm a teapot",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** Returns the text beside a status in an answer's first line. */
export function reasonPhrase(status: number): string {
  return PHRASES[status] ?? `status code ${status}`;
}

/** Returns a status without a body. */
export function emptyReply(status: number): Reply {
  return { status, headers: [], body: "" };
}

/** Returns a status with a plain text, as Go's `http.Error` does: with a line end. */
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
