import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chunkLength, closesAfter, requestFraming, responseFraming } from "../../src/status/framing.ts";
import { grpcStatus, healthProblem } from "../../src/status/grpc-health.ts";
import { parseRequestHead, parseResponseHead } from "../../src/status/message-head.ts";

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
    expect(parseResponseHead("HTTP/1.1 200")?.status).toBe(200);
    expect(parseResponseHead("SSH-2.0-x")).toBeUndefined();
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

  test("chunks", () => {
    expect(["0", "a", "fF;x=y", "1 ", "", "-1", "0x1", "3 ;a", " 3", "0000000000000003", "00000000000000003"].map(chunkLength)).toEqual([
      0,
      10,
      255,
      1,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      3,
      undefined,
    ]);
  });

  test("connections", () => {
    expect(closesAfter({ minor: 1, headers: [] })).toBe(false);
    expect(closesAfter({ minor: 0, headers: [] })).toBe(true);
    expect(closesAfter({ minor: 0, headers: [["Connection", "Keep-Alive"]] })).toBe(false);
    expect(closesAfter({ minor: 1, headers: [["connection", "foo, Close"]] })).toBe(true);
  });
});

describe("gRPC health", () => {
  const literal = (name: number[], value: string) => [0, ...name, value.length, ...Buffer.from(value)];
  const plain = [11, ...Buffer.from("grpc-status")];
  const coded = [0x88, ...Buffer.from("9acac8b21234da8f", "hex")];
  test.each([
    [[], undefined],
    [literal(plain, "0"), "0"],
    [literal(coded, "14"), "14"],
    [[0, ...plain, 0x81, 0x07], "0"],
    [[0, ...plain, 0x82, 0x0b, 0x5f], "14"],
    [[0, ...plain, 0x81, 0xff], "unreadable"],
    [[0x88, 0x5f, 1, 97, ...literal(coded, "5")], "5"],
    [[0x3f, 0xe1, 0x1f, ...literal(plain, "0")], "0"],
    [[0x40, 1, 97, 1, 98, 0x10, 1, 97, 0x7f, 0], undefined],
  ])("fields %j have status %p", (bytes, status) => {
    expect(grpcStatus(Uint8Array.from(bytes))).toBe(status);
  });

  // A frame of gRPC has a byte of compression and four of length; field 1 of HealthCheckResponse is the status, SERVING is 1.
  const answered = (...message: readonly number[]) => Uint8Array.from([0, 0, 0, 0, message.length, ...message]);
  test.each([
    [literal(plain, "0"), answered(8, 1), undefined],
    [[0x88], answered(8, 1), undefined],
    [literal(plain, "0"), answered(8, 2), "the health service says 2, not SERVING"],
    [literal(plain, "0"), answered(), "the health service says 0, not SERVING"],
    [literal(plain, "0"), answered(16, 1), "the health service says 0, not SERVING"],
    [literal(plain, "12"), answered(8, 1), "the health service answers status 12"],
    [literal(plain, "0"), Uint8Array.of(0, 0, 0, 0), "the health service gives no answer"],
  ])("fields %j with the answer %j: %p", (bytes, body, problem) => {
    expect(healthProblem(Uint8Array.from(bytes), body)).toBe(problem);
  });

  test("whatever the fields are, reading them ends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array(), (block, body) => {
        const problem = healthProblem(block, body);
        return problem === undefined || problem.startsWith("the health service");
      }),
      { numRuns: 2_000, seed: 20_261_125 },
    );
  });
});
