import { describe, expect, test } from "bun:test";
import { emptyReply, errorReply, reasonPhrase } from "../../src/http/reply.ts";

// RFC 9110 §15, RFC 6585 §5 and RFC 2324 §2.3.2; unknown statuses have the text of Go's server.
test.each([
  [100, "Continue"],
  [200, "OK"],
  [202, "Accepted"],
  [204, "No Content"],
  [301, "Moved Permanently"],
  [304, "Not Modified"],
  [307, "Temporary Redirect"],
  [400, "Bad Request"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [417, "Expectation Failed"],
  [418, "I'm a teapot"],
  [431, "Request Header Fields Too Large"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [503, "Service Unavailable"],
  [505, "HTTP Version Not Supported"],
  [299, "status code 299"],
])("%d is %s", (status, phrase) => {
  expect(reasonPhrase(status)).toBe(phrase);
});

describe("a reply", () => {
  test("without a body has no headers", () => {
    expect(emptyReply(503)).toEqual({ status: 503, headers: [], body: "" });
  });
  test("of an error is like Go's http.Error", () => {
    expect(errorReply(403, "no")).toEqual({
      status: 403,
      headers: [
        ["Content-Type", "text/plain; charset=utf-8"],
        ["X-Content-Type-Options", "nosniff"],
      ],
      body: "no\n",
    });
  });
});
