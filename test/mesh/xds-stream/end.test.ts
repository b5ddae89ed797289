import { describe, expect, test } from "bun:test";
import { newXdsStream } from "../../../src/mesh/xds-stream.ts";
import { BOTH, step } from "./steps.ts";

describe("the end of a stream", () => {
  const rows: readonly (readonly [code: number, message: string, isExpected: boolean])[] = [
    [0, "", true],
    [1, "context canceled", true],
    [4, "", true],
    [14, "error reading from server: EOF", true],
    [14, "error reading from server: EOF, received prior goaway: code: NO_ERROR", true],
    [14, "connection refused", false],
    [14, "received prior goaway: code: NO_ERROR, debug data", true],
    [13, "stream terminated by RST_STREAM with error code: NO_ERROR", true],
    [13, "error reading from server: EOF", false],
    [16, "who are you", false],
    [8, "grpc: received message larger than max (2 vs. 1)", false],
  ];
  test.each(rows)("with code %d, %p: expected: %p", (code, message, isExpected) => {
    const status = { code, message };
    for (const by of ["envoy", "control-plane"] as const) {
      const { next, got } = step(newXdsStream("delta", BOTH), { kind: "ended", by, status });
      expect(got).toEqual([JSON.stringify({ kind: "end", by, status, isExpected })]);
      expect(step(next, { kind: "closed" }).got).toEqual([]);
    }
  });

  test("by a later one is OK, and counts for nobody", () => {
    const { next, got } = step(newXdsStream("sotw", BOTH), { kind: "closed" });
    expect(got).toEqual([JSON.stringify({ kind: "end", status: { code: 0, message: "" }, isExpected: true })]);
    expect(step(next, { kind: "response", message: [] }).got).toEqual([]);
  });
});
