import { expect, test } from "bun:test";
import { inUnitsOf, parseQuantity } from "../../src/pod/quantity.ts";

// What the kubelet sets for a resourceFieldRef (resource.Quantity of k8s.io/apimachinery).
test.each([
  ["500m", "1", "1"],
  ["1500m", "1", "2"],
  ["2", "1", "2"],
  ["0.1", "1m", "100"],
  ["1.5", "1", "2"],
  ["100n", "1", "1"],
  ["1Gi", "1", "1073741824"],
  ["1Gi", "1Mi", "1024"],
  ["1.5Gi", "1Mi", "1536"],
  ["128M", "1Ki", "125000"],
  ["1e3", "1", "1000"],
  ["1E", "1P", "1000"],
  ["1E2", "1", "100"],
  [".5Ki", "1", "512"],
  ["0", "1", "0"],
])("%s in units of %s is %s", (quantity, divisor, expected) => {
  expect(inUnitsOf(parseQuantity(quantity) ?? 0n, parseQuantity(divisor) ?? 1n)).toBe(expected);
});

test.each(["", "x", "1x", "1 Gi", "Gi", "1Kim", "--1", "1e"])('"%s" is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});
