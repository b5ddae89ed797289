import { expect, test } from "bun:test";
import { parseResponseHead, responseFraming } from "../../src/http/message-head.ts";

test("the reason phrase is optional", () => {
  expect(parseResponseHead("HTTP/1.1 200")?.status).toBe(200);
  expect(parseResponseHead("SSH-2.0-x")).toBeUndefined();
});

test("the framing of a body follows from its head", () => {
  const response = (status: number, headers: readonly (readonly [string, string])[], method = "GET") =>
    responseFraming({ status, minor: 1, headers }, method)?.kind;
  expect(response(200, [])).toBe("until-end");
  expect(response(204, [])).toBe("length");
  expect(response(200, [], "HEAD")).toBe("length");
  expect(
    response(200, [
      ["Transfer-Encoding", "Chunked"],
      ["Content-Length", "5"],
    ]),
  ).toBe("chunked");
  expect(response(200, [["Content-Length", "x"]])).toBeUndefined();
});

// Go's client: readTransfer, fixLength, isProtocolSwitchResponse.
const upgrade = [
  ["Connection", "keep-alive, Upgrade"],
  ["Upgrade", "websocket"],
] as const;
const length = ["Content-Length", "5"] as const;
test.each([
  ["GET", 200, [length], "length 5"],
  ["GET", 200, [length, length], "length 5"],
  ["GET", 200, [...upgrade, length], "length 5"],
  ["HEAD", 200, [length], "length 0"],
  ["GET", 304, [length], "length 0"],
  ["GET", 305, [length], "length 5"],
  ["GET", 100, [length], "length 0"],
  ["GET", 199, [length], "length 0"],
  ["GET", 99, [length], "length 5"],
  ["GET", 203, [length], "length 5"],
  ["GET", 205, [length], "length 5"],
  ["GET", 101, upgrade, "until-end"],
  ["GET", 101, [["Connection", "upgrade"]], "length 0"],
  [
    "GET",
    101,
    [
      ["Connection", "upgrades"],
      ["Upgrade", "x"],
    ],
    "length 0",
  ],
  ["GET", 101, [["Upgrade", "x"]], "length 0"],
  ["GET", 102, upgrade, "length 0"],
] as const)("the body of the response to a %s with %d and %j: %s", (method, status, headers, expected) => {
  const framing = responseFraming({ status, minor: 1, headers }, method);
  expect(framing?.kind === "length" ? `length ${framing.length}` : framing?.kind).toBe(expected);
});

test("an HTTP/1.0 response has no coding", () => {
  expect(responseFraming({ status: 200, minor: 0, headers: [["Transfer-Encoding", "chunked"]] }, "GET")?.kind).toBe("until-end");
});

// Go's client treats 0.0 as a missing version and therefore as 1.1 (net/http, Response.ProtoAtLeast).
test.each<[string, 0 | 1]>([
  ["0.0", 1],
  ["0.9", 0],
  ["1.0", 0],
  ["1.1", 1],
  ["2.0", 1],
])("a response of HTTP/%s is of minor version %d", (version, minor) => {
  expect(parseResponseHead(`HTTP/${version} 200 OK`)).toEqual({ status: 200, minor, headers: [] });
});
