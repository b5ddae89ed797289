import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { healthFields, healthMessage, healthProblem } from "../../../src/http/http2/grpc-health.ts";
import type { Headers } from "../../../src/http/message-head.ts";

describe("gRPC health", () => {
  // gRPC over HTTP/2: a prefix of five bytes, the last four are the length; field 1 of HealthCheckRequest is the service.
  test.each([
    ["", [0, 0, 0, 0, 0]],
    ["a.b", [0, 0, 0, 0, 5, 10, 3, 97, 46, 98]],
    ["x".repeat(200), [0, 0, 0, 0, 203, 10, 200, 1, ...Buffer.from("x".repeat(200))]],
  ])("the request for service %j", (service, message) => {
    expect([...healthMessage(service)]).toEqual(message);
  });

  test("the fields of the request", () => {
    expect(healthFields("1.2.3.4:80", "probe")).toEqual([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/grpc.health.v1.Health/Check"],
      [":authority", "1.2.3.4:80"],
      ["content-type", "application/grpc"],
      ["te", "trailers"],
      ["user-agent", "probe"],
    ]);
  });

  // The gRPC prefix is a compression flag and a length of four bytes; field 1 of HealthCheckResponse is the status, SERVING is 1.
  const answered = (...message: readonly number[]) => Uint8Array.from([0, 0, 0, 0, message.length, ...message]);
  const status = (value: string): Headers => [["grpc-status", value]];
  test.each<[trailers: Headers, body: Uint8Array, problem: string | undefined]>([
    [status("0"), answered(8, 1), undefined],
    [[[":status", "200"]], answered(8, 1), undefined],
    [status("0"), answered(8, 2), "the health service reports 2, not SERVING"],
    [status("0"), answered(), "the health service reports 0, not SERVING"],
    [status("0"), answered(16, 1), "the health service reports 0, not SERVING"],
    [status("12"), answered(8, 1), "the health service answers status 12"],
    [status("x"), answered(8, 1), "the health service answers status x"],
    [status("0"), Uint8Array.of(0, 0, 0, 0), "the health service does not answer"],
  ])("trailers %j with the answer %j: %p", (trailers, body, problem) => {
    expect(healthProblem(trailers, body)).toBe(problem);
  });

  test("any answer is read", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), fc.uint8Array(), (trailers, body) => {
        const problem = healthProblem(trailers, body);
        return problem === undefined || problem.startsWith("the health service");
      }),
      { numRuns: 2_000, seed: 20_261_125 },
    );
  });
});
