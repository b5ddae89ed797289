import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { requestFrames } from "../../../src/http/http2/frames.ts";
import { grpcStatus, healthProblem, healthRequest } from "../../../src/http/http2/grpc-health.ts";

describe("gRPC health", () => {
  // gRPC over HTTP/2: a prefix of five bytes, the last four are the length; field 1 of HealthCheckRequest is the service.
  test.each([
    ["", [0, 0, 0, 0, 0]],
    ["a.b", [0, 0, 0, 0, 5, 10, 3, 97, 46, 98]],
  ])("the request for service %j", (service, message) => {
    const fields = [
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/grpc.health.v1.Health/Check"],
      [":authority", "1.2.3.4:80"],
      ["content-type", "application/grpc"],
      ["te", "trailers"],
      ["user-agent", "probe"],
    ] as const;
    expect(healthRequest(service, "1.2.3.4:80", "probe")).toEqual(requestFrames(fields, Uint8Array.from(message)));
  });

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

  // The gRPC prefix is a compression flag and a length of four bytes; field 1 of HealthCheckResponse is the status, SERVING is 1.
  const answered = (...message: readonly number[]) => Uint8Array.from([0, 0, 0, 0, message.length, ...message]);
  test.each([
    [literal(plain, "0"), answered(8, 1), undefined],
    [[0x88], answered(8, 1), undefined],
    [literal(plain, "0"), answered(8, 2), "the health service reports 2, not SERVING"],
    [literal(plain, "0"), answered(), "the health service reports 0, not SERVING"],
    [literal(plain, "0"), answered(16, 1), "the health service reports 0, not SERVING"],
    [literal(plain, "12"), answered(8, 1), "the health service answers status 12"],
    [literal(plain, "0"), Uint8Array.of(0, 0, 0, 0), "the health service does not answer"],
  ])("fields %j with the answer %j: %p", (bytes, body, problem) => {
    expect(healthProblem(Uint8Array.from(bytes), body)).toBe(problem);
  });

  test("parsing any fields terminates", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array(), (block, body) => {
        const problem = healthProblem(block, body);
        return problem === undefined || problem.startsWith("the health service");
      }),
      { numRuns: 2_000, seed: 20_261_125 },
    );
  });
});
