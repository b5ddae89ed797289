import { expect, test } from "bun:test";
import { raisedOomScore } from "../../src/linux/oom-score.ts";

const MIB = 1024 * 1024;

test.each([
  ["nothing known, no limit", 0, undefined, 1],
  ["128 MiB: one point is 0.128 MiB", 0, 128 * MIB, 100],
  ["512 MiB, rounded up", 0, 512 * MIB, 63],
  ["1 GiB", 0, 1_024 * MIB, 32],
  ["64 GiB", 0, 65_536 * MIB, 1],
  ["a small limit never weighs more than a tenth of the machine", 0, 16 * MIB, 100],
  ["a guaranteed pod", -997, 256 * MIB, -897],
  ["a burstable pod", 968, 256 * MIB, 1_000],
  ["a best-effort pod is at the end of the scale", 1_000, undefined, 1_000],
  ["a process that is exempt", -1_000, 128 * MIB, -1_000],
])("%s", (_, current, limit, expected) => {
  expect(raisedOomScore(current, limit)).toBe(expected);
});
