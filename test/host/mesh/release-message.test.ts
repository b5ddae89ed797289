import { expect, test } from "bun:test";
import { releaseMessage } from "../../../src/host/mesh/release-message.ts";

test("frees what nobody else can have, and leaves pieces of something larger", () => {
  const whole = new Uint8Array(16_384).fill(1);
  const shared = new Uint8Array(16_384).fill(2);
  const piece = shared.subarray(5);
  const garbage = releaseMessage([piece, whole]);
  expect([whole.length, piece.length, shared[5]]).toEqual([0, 16_379, 2]);
  expect(garbage).toBeGreaterThan(16_379);
  expect(garbage).toBeLessThan(18_000);
});
