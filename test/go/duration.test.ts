import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, parseDuration, protoDuration } from "../../src/go/duration.ts";

const SECOND = 1_000_000_000n;

test.each([
  ["0", 0n],
  ["+0", 0n],
  ["0s", 0n],
  ["5s", 5n * SECOND],
  ["-5s", -5n * SECOND],
  ["+1.5s", 1_500_000_000n],
  ["1h2m3s", 3723n * SECOND],
  ["1m1m", 120n * SECOND],
  [".5m", 30n * SECOND],
  ["5.s", 5n * SECOND],
  ["10ns", 10n],
  ["3us", 3_000n],
  ["3\u00b5s", 3_000n],
  ["3\u03bcs", 3_000n],
  ["0.1ns", 0n],
  ["0.3333333333333333333h", 1_200n * SECOND],
  ["0.9223372036854775807s", 922_337_203n],
  ["9223372036854775807ns", 9223372036854775807n],
  ["-9223372036854775808ns", -9223372036854775808n],
])("parseDuration reads %p", (text, ns) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ns });
});

test.each([
  ["", 'time: invalid duration ""'],
  ["soon", 'time: invalid duration "soon"'],
  ["-", 'time: invalid duration "-"'],
  [".s", 'time: invalid duration ".s"'],
  ["5", 'time: missing unit in duration "5"'],
  ["1s5", 'time: missing unit in duration "1s5"'],
  ["5x", 'time: unknown unit "x" in duration "5x"'],
  ["5 s", 'time: unknown unit " s" in duration "5 s"'],
  ['5"\\', 'time: unknown unit "\\"\\\\" in duration "5\\"\\\\"'],
  ["5é\n", 'time: unknown unit "\\xc3\\xa9\\x0a" in duration "5\\xc3\\xa9\\x0a"'],
  ["9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'],
  ["9223372036854775809ns", 'time: invalid duration "9223372036854775809ns"'],
  ["2562048h", 'time: invalid duration "2562048h"'],
])("parseDuration refuses %p", (text, error) => {
  expect(parseDuration(text)).toEqual({ ok: false, error });
});

test.each([
  [0n, "0s"],
  [1n, "1ns"],
  [2_000n, "2µs"],
  [2_200n, "2.2µs"],
  [500_000_000n, "500ms"],
  [1_500_000_000n, "1.5s"],
  [90n * SECOND, "1m30s"],
  [3600n * SECOND, "1h0m0s"],
  [-61n * SECOND, "-1m1s"],
  [9223372036854775807n, "2562047h47m16.854775807s"],
])("formatDuration(%p) is %p", (ns, text) => {
  expect(formatDuration(ns)).toBe(text);
});

test.each([
  [0n, "0s"],
  [45n * SECOND, "45s"],
  [500_000_000n, "0.500s"],
  [10_250_000_000n, "10.250s"],
  [-1_500_000_000n, "-1.500s"],
  [-1_000n, "-0.000001s"],
  [1n, "0.000000001s"],
])("protoDuration(%p) is %p", (ns, text) => {
  expect(protoDuration(ns)).toBe(text);
});

test("a formatted duration parses to the same value", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (ns) => {
      expect(parseDuration(formatDuration(ns))).toEqual({ ok: true, value: ns });
    }),
    { numRuns: 300 },
  );
});
