import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseRequestHead, parseResponseHead } from "../../src/http/message-head.ts";

describe("request heads", () => {
  test.each([
    ["GET / HTTP/1.1\r\nHost: a", "GET /"],
    ["GET / HTTP/1.0", "GET /"],
    ["FOO /x HTTP/1.1\nHost: a", "FOO /x"],
    ["GET / HTTP/1.1", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400],
    ["GET / HTTP/1.1\r\nHost: a b", 400],
    ["GET / HTTP/1.1\r\nHost: a/../b", 400],
    ["GET  / HTTP/1.1\r\nHost: a", 400],
    ["GET /", 400],
    ["G\0T / HTTP/1.1\r\nHost: a", 400],
    ["GET / HTTP/2.0\r\nHost: a", 505],
    ["GET / HTTP/1.1\r\nHost: a\r\n folded", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX : y", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX: \x01", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded", "GET /"],
    ["GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\x01", 400],
    ["GET / HTTP/1.1\r\n Host: a", 400],
    ["\x16\x03\x01", 400],
    ["", 400],
  ])("%j: %p", (text, expected) => {
    const head = parseRequestHead(text);
    expect("reason" in head ? head.status : `${head.method} ${head.target}`).toBe(expected);
  });

  test.each([
    ["X: y", "missing required Host header"],
    ["Host: a\r\nHost: a", "too many Host headers"],
    ["Host: a/b", "malformed Host header"],
    ["Host: a\r\nX", "malformed MIME header line"],
    ["Host: a\r\n: y", "malformed MIME header line"],
    ["Host: a\r\nX Y: z", "invalid header name"],
    ["Host: a\r\nX: \x7f", "invalid header value"],
  ])("the refusal of %j says %s", (fields, reason) => {
    expect(parseRequestHead(`GET / HTTP/1.1\r\n${fields}`)).toEqual({ status: 400, reason: `Bad Request: ${reason}` });
  });

  test.each([
    ["GET / HTTP/1.0", 0],
    ["GET / HTTP/1.1\r\nHost: a", 1],
    ["GET / HTTP/1.7\r\nHost: a", 1],
  ])("%j is of minor version %d", (text, minor) => {
    expect(parseRequestHead(text)).toMatchObject({ minor });
  });

  test("a folded field is one value, and only blanks around it are taken off", () => {
    const head = parseRequestHead("GET / HTTP/1.1\r\nHost: a\r\nX: \t\xa0y \r\n\t z\xa0 \r\n \r\nY:");
    expect("headers" in head ? head.headers.slice(1) : head).toEqual([
      ["X", "\xa0y z\xa0"],
      ["Y", ""],
    ]);
  });

  test("whatever comes is read or refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: "binary" }).map((text) => `GET / HTTP/1.1\r\nHost: a\r\n${text}`),
        ),
        (text) => {
          const head = parseRequestHead(text);
          return "reason" in head ? head.status >= 400 : head.method !== "";
        },
      ),
      { numRuns: 2_000, seed: 20_261_125 },
    );
  });
});

// Go's client takes 0.0 for no version at all, so 1.1 (net/http, Response.ProtoAtLeast).
test.each<[string, 0 | 1]>([
  ["0.0", 1],
  ["0.9", 0],
  ["1.0", 0],
  ["1.1", 1],
  ["2.0", 1],
])("a response of HTTP/%s is of minor version %d", (version, minor) => {
  expect(parseResponseHead(`HTTP/${version} 200 OK`)).toEqual({ status: 200, minor, headers: [] });
});

test("the status of a response needs no words behind it", () => {
  expect(parseResponseHead("HTTP/1.1 200")?.status).toBe(200);
  expect(parseResponseHead("SSH-2.0-x")).toBeUndefined();
});
