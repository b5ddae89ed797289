import { expect, test } from "bun:test";
import { cpuQuota } from "../../src/linux/cpu-quota.ts";

test.each([
  [["max 100000\n"], undefined],
  [["200000 100000\n"], 2],
  [["250000 100000\n"], 2],
  [["50000 100000\n"], 1],
  [["-1\n", "100000\n"], undefined],
  [["300000\n", "100000\n"], 3],
  [["100000\n", "0\n"], undefined],
  [[""], undefined],
  [["garbage"], undefined],
])("the quota %p allows %p CPUs", (texts, cpus) => {
  expect(cpuQuota(texts)).toBe(cpus);
});
