import { describe, expect, test } from "bun:test";
import { backoffWait } from "../../src/mesh/backoff-wait.ts";
import { CODE, codeName } from "../../src/mesh/grpc-status.ts";
import { retryWait } from "../../src/mesh/retry-wait.ts";
import { rpcErrorText } from "../../src/mesh/rpc-error-text.ts";

const middle = () => 0.5;

describe("backoffWait", () => {
  test("grows by half from half a second to a minute", () => {
    const waits = Array.from({ length: 16 }, (_, failures) => backoffWait(failures, middle));
    expect(waits.slice(0, 4)).toEqual([500, 750, 1_125, 1_687.5]);
    expect(waits.slice(11)).toEqual([43_248.779296875, 60_000, 60_000, 60_000, 60_000]);
    expect(backoffWait(10_000, middle)).toBe(60_000);
  });

  test.each<[random: number, wait: number]>([
    [0, 250],
    [0.5, 500],
    [1, 750],
  ])("is varied by half: %d", (random, wait) => {
    expect(backoffWait(0, () => random)).toBe(wait);
  });

  test("another first wait", () => {
    expect(backoffWait(1, middle, 100)).toBeCloseTo(150);
  });
});

describe("retryWait (recorded: ca/code_*, whole/ca_unavailable_seven)", () => {
  test("five attempts", () => {
    expect([1, 2, 3, 4, 5, 6].map((attempts) => retryWait(attempts, CODE.UNAVAILABLE, middle))).toEqual([
      100,
      200,
      400,
      800,
      undefined,
      undefined,
    ]);
  });

  test("a tenth more or less", () => {
    expect([0, 1].map((random) => retryWait(1, CODE.ABORTED, () => random))).toEqual([expect.closeTo(90), expect.closeTo(110)]);
  });

  test.each(Object.values(CODE).map((code) => [codeName(code), code] as const))("%s", (name, code) => {
    const isRetried = ["RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNAVAILABLE"].includes(name);
    expect(retryWait(1, code, middle)).toBe(isRetried ? 100 : undefined);
  });
});

test.each<[code: number, text: string]>([
  [CODE.UNAUTHENTICATED, "rpc error: code = Unauthenticated desc = why"],
  [CODE.CANCELLED, "rpc error: code = Canceled desc = why"],
  [CODE.PERMISSION_DENIED, "rpc error: code = PermissionDenied desc = why"],
  [77, "rpc error: code = Code(77) desc = why"],
])("the text of code %d", (code, text) => {
  expect(rpcErrorText({ code, message: "why" })).toBe(text);
});

test.each([0, -5])("a first wait of %d ms grows all the same", (first) => {
  expect([0, 10, 20].map((failures) => Math.round(backoffWait(failures, () => 0.5, first)))).toEqual([1, 58, 3_325]);
});
