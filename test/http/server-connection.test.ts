import { describe, expect, test } from "bun:test";
import type { Headers } from "../../src/http/message-head.ts";
import { append, receiveBuffer } from "../../src/http/receive-buffer.ts";
import {
  discard,
  encodingFor,
  finishResponse,
  type Responding,
  receiveRequest,
  refusalBytes,
  startResponse,
} from "../../src/http/server-connection.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const LIMIT = 10;

/** Receives a head, followed by an empty line. */
function came(text: string) {
  const received = receiveBuffer();
  append(received, Buffer.from(`${text}\r\n`));
  return receiveRequest(received, false, { head: 200, body: LIMIT });
}

/** Returns the request of a valid head. @throws Error */
function asked(text: string): Responding {
  const responding = came(text);
  if (responding?.state !== "responding") throw new Error(`${text} is ${responding?.state}`);
  return responding;
}

describe("a received request", () => {
  test.each([
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(200)}`, "refused 431 Request Header Fields Too Large"],
    ["nonsense\r\n", "refused 400 Bad Request"],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n", "refused 400 Bad Request"],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n", "refused 501 Not Implemented: unsupported transfer encoding"],
    ["GET / HTTP/1.1\r\nHost: a\r\nExpect: coffee\r\n", "refused 417 "],
    ["GET / HTTP/1.1\r\nHost: a\r\n", "responding, stays"],
    ["GET / HTTP/1.1\nHost: a\n", "responding, stays"],
    ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", "responding, closes"],
    ["GET / HTTP/1.0\r\n", "responding, closes"],
    ["GET / HTTP/1.0\r\nConnection: keep-alive\r\n", "responding, stays"],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n", "responding, stays"],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n", "responding, closes"],
    ["GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n", "responding, stays"],
    ["GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "responding, closes"],
    ["GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "responding, closes"],
    ["GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", "responding, stays"],
  ])("%j: %s", (text, expected) => {
    const next = came(text);
    const more =
      next?.state === "refused"
        ? ` ${next.refusal.status} ${next.refusal.reason}`
        : next?.state === "responding"
          ? next.closes
            ? ", closes"
            : ", stays"
          : "";
    expect(`${next?.state}${more}`).toBe(expected);
  });
});

test("an incomplete head is not parsed, and a truncated one closes the connection", () => {
  const received = receiveBuffer();
  append(received, Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n"));
  const limits = { head: 100, body: LIMIT };
  expect(receiveRequest(received, false, limits)).toBeUndefined();
  expect(receiveRequest(received, true, limits)).toEqual({ state: "closed" });
  append(received, Buffer.from("\r\nGET /next"));
  expect(receiveRequest(received, false, limits)?.state).toBe("responding");
  expect(received.bytes.toString()).toBe("GET /next");
});

test("the text of a refusal is its reason, or empty", () => {
  expect(refusalBytes({ state: "refused", refusal: { status: 431, reason: "Too long" } }, DATE)).toBe(
    "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n431 Too long",
  );
  expect(refusalBytes({ state: "refused", refusal: { status: 417, reason: "" } }, DATE)).toBe(
    `HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nDate: ${DATE}\r\nContent-Length: 0\r\n\r\n`,
  );
});

describe("a response", () => {
  const headers: Headers = [["X", "y"]];
  const old = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n";
  const today = "GET / HTTP/1.1\r\nHost: a\r\n";
  test.each([
    ["of known length", today, 200, 5, "plain", ["Content-Length: 5"], "discarding"],
    ["in pieces", today, 200, undefined, "chunked", ["Transfer-Encoding: chunked"], "discarding"],
    ["of known length to HTTP/1.0", old, 200, 5, "plain", ["Content-Length: 5", "Connection: keep-alive"], "discarding"],
    ["in pieces to HTTP/1.0", old, 200, undefined, "plain", ["Connection: close"], "closed"],
    ["to a HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n", 200, 5, "none", ["Content-Length: 5"], "discarding"],
    ["in pieces to a HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n", 200, undefined, "none", ["Transfer-Encoding: chunked"], "discarding"],
    ["without a body", today, 204, 0, "none", [], "discarding"],
    ["that nothing has changed", today, 304, 0, "none", [], "discarding"],
    ["that is the last", `${today}Connection: close\r\n`, 200, 0, "plain", ["Content-Length: 0", "Connection: close"], "closed"],
  ] as const)("%s", (_, request, status, length, body, fields, next) => {
    const sending = startResponse(asked(request), { status, headers }, length, DATE);
    expect(sending.body).toBe(body);
    const [first, ...lines] = sending.head.toString("latin1").split("\r\n");
    expect(first).toStartWith(`HTTP/1.1 ${status} `);
    expect(lines).toEqual(["X: y", `Date: ${DATE}`, ...fields, "", ""]);
    expect(finishResponse(sending, LIMIT).state).toBe(next);
  });
});

describe("the rest of a request", () => {
  const left = (request: string, bytes: string, isAtEnd = false) => {
    const next = finishResponse(
      startResponse(asked(`POST / HTTP/1.1\r\nHost: a\r\n${request}`), { status: 200, headers: [] }, 0, DATE),
      LIMIT,
    );
    const received = receiveBuffer();
    append(received, Buffer.from(bytes));
    return [next.state === "discarding" && discard(next, received, isAtEnd), received.bytes.toString()];
  };
  test.each([
    ["", "GET", ["idle", "GET"]],
    ["Content-Length: 3\r\n", "abcGET", ["idle", "GET"]],
    ["Content-Length: 3\r\n", "ab", [undefined, ""]],
    ["Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n0\r\n\r\nGET", ["idle", "GET"]],
    ["Transfer-Encoding: chunked\r\n", "b\r\n01234567890\r\n0\r\n\r\nGET", ["closed", "GET"]],
    ["Transfer-Encoding: chunked\r\n", "x\r\n", ["closed", ""]],
  ] as const)("%j with %j", (request, bytes, expected) => {
    expect(left(request, bytes)).toEqual([...expected]);
  });

  test("closes the connection if it is truncated", () => {
    expect(left("Content-Length: 3\r\n", "ab", true)).toEqual(["closed", ""]);
  });
});

test.each([
  ["", undefined],
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["gzip, zstd", "zstd"],
  ["gzip;q=1, zstd;q=0.5", "gzip"],
  ["gzip;q=0", undefined],
  ["br, deflate", undefined],
  ["GZIP", "gzip"],
  ["gzip;q=x", undefined],
] as const)("accept-encoding %j chooses %p", (value, encoding) => {
  expect(encodingFor([["Accept-Encoding", value]])).toBe(encoding);
});
