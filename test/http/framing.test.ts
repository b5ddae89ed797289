import { describe, expect, test } from "bun:test";
import { closesAfter, requestFraming, responseFraming } from "../../src/http/framing.ts";

describe("bodies", () => {
  const framed = (headers: readonly (readonly [string, string])[], minor: 0 | 1 = 1) => {
    const framing = requestFraming({ method: "POST", target: "/", minor, headers });
    return "reason" in framing ? framing.status : framing.kind === "length" ? `length ${framing.length}` : framing.kind;
  };
  test("of requests", () => {
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

  test("of responses", () => {
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
  ] as const)("of the response to a %s with %d and %j: %s", (method, status, headers, expected) => {
    const framing = responseFraming({ status, minor: 1, headers }, method);
    expect(framing?.kind === "length" ? `length ${framing.length}` : framing?.kind).toBe(expected);
  });

  test("of an HTTP/1.0 response have no coding", () => {
    expect(responseFraming({ status: 200, minor: 0, headers: [["Transfer-Encoding", "chunked"]] }, "GET")?.kind).toBe("until-end");
  });

  test("connections", () => {
    expect(closesAfter({ minor: 1, headers: [] })).toBe(false);
    expect(closesAfter({ minor: 0, headers: [] })).toBe(true);
    expect(closesAfter({ minor: 0, headers: [["Connection", "Keep-Alive"]] })).toBe(false);
    expect(closesAfter({ minor: 1, headers: [["connection", "foo, Close"]] })).toBe(true);
  });
});
