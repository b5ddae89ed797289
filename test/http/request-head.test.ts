import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Headers } from "../../src/http/message-head.ts";
import { parseRequest } from "../../src/http/message-head.ts";

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
    const parsed = parseRequest(text);
    expect("reason" in parsed ? parsed.status : `${parsed.request.method} ${parsed.request.target}`).toBe(expected);
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
    expect(parseRequest(`GET / HTTP/1.1\r\n${fields}`)).toEqual({ status: 400, reason: `Bad Request: ${reason}` });
  });

  test.each([
    ["GET / HTTP/1.0", 0],
    ["GET / HTTP/1.1\r\nHost: a", 1],
    ["GET / HTTP/1.7\r\nHost: a", 1],
  ])("%j is of minor version %d", (text, minor) => {
    expect(parseRequest(text)).toMatchObject({ request: { minor } });
  });

  test("a folded field is one value, and only surrounding blanks are removed", () => {
    const parsed = parseRequest("GET / HTTP/1.1\r\nHost: a\r\nX: \t\xa0y \r\n\t z\xa0 \r\n \r\nY:");
    expect("request" in parsed ? parsed.request.headers.slice(1) : parsed).toEqual([
      ["X", "\xa0y z\xa0"],
      ["Y", ""],
    ]);
  });

  test("any text is parsed or refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: "binary" }).map((text) => `GET / HTTP/1.1\r\nHost: a\r\n${text}`),
        ),
        (text) => {
          const parsed = parseRequest(text);
          return "reason" in parsed ? parsed.status >= 400 : parsed.request.method !== "";
        },
      ),
      { numRuns: 2_000, seed: 20_261_125 },
    );
  });
});

/** Parses a request with header fields. */
const requestWith = (headers: Headers, minor: 0 | 1 = 1) =>
  parseRequest([`POST / HTTP/1.${minor}`, "Host: a", ...headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n"));

const framed = (headers: Headers, minor: 0 | 1 = 1) => {
  const parsed = requestWith(headers, minor);
  if ("reason" in parsed) return parsed.status;
  return parsed.framing.kind === "length" ? `length ${parsed.framing.length}` : parsed.framing.kind;
};
test("the framing of a body is unambiguous", () => {
  expect(framed([])).toBe("length 0");
  expect(framed([["Content-Length", "5"]])).toBe("length 5");
  expect(
    framed([
      ["content-length", "5"],
      ["Content-Length", "5"],
    ]),
  ).toBe("length 5");
  expect(
    framed([
      ["Content-Length", "5"],
      ["Content-Length", "6"],
    ]),
  ).toBe(400);
  expect(framed([["Content-Length", "-1"]])).toBe(400);
  expect(framed([["Content-Length", "5, 5"]])).toBe(400);
  expect(framed([["Transfer-Encoding", "chunked"]])).toBe("chunked");
  expect(framed([["transfer-encoding", "Chunked"]])).toBe("chunked");
  expect(
    framed([
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "5"],
    ]),
  ).toBe(400);
  expect(framed([["Transfer-Encoding", "chunked"]], 0)).toBe(400);
  for (const coding of ["gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked"])
    expect([coding, framed([["Transfer-Encoding", coding]])]).toEqual([coding, 501]);
  expect(
    framed([
      ["Transfer-Encoding", "chunked"],
      ["Transfer-Encoding", "chunked"],
    ]),
  ).toBe(501);
  // The longest one is that of Go's int64.
  expect([String(2n ** 63n - 1n), String(2n ** 63n)].map((length) => framed([["Content-Length", length]]))).toEqual([
    `length ${2 ** 63}`,
    400,
  ]);
});

test.each([
  [[], 1, false],
  [[], 0, true],
  [[["Connection", "Keep-Alive"]], 0, false],
  [[["connection", "foo, Close"]], 1, true],
] satisfies [Headers, 0 | 1, boolean][])(
  "a connection closes if the head says so, and by default with HTTP/1.0: %j, 1.%d: %p",
  (headers, minor, closes) => {
    expect(requestWith(headers, minor)).toMatchObject({ closes });
  },
);
