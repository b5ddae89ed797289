import { expect, test } from "bun:test";
import { frameAllowance } from "../../../src/http/http2/frame-allowance.ts";

test("a peer may send 1,000 frames that move nothing, 50 more each second, and one more for each frame with data", () => {
  let now = 0;
  const { spend, earn } = frameAllowance(() => now);
  const spent = () => {
    let count = 0;
    while (spend()) count++;
    return count;
  };
  for (let count = 0; count < 10; count++) spend();
  earn(7);
  expect(spent()).toBe(997);
  now = 1_000;
  expect(spent()).toBe(50);
  now = 3_000;
  expect(spent()).toBe(100);
  now = 1_000_000;
  expect(spent()).toBe(1_000);
  earn(5_000);
  expect(spent()).toBe(1_000);
});
