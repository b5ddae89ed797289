import { expect, test } from "bun:test";
import { parseFloat64 } from "../../src/go/float.ts";

// strconv.ParseFloat of Go 1.26.
test.each([
  ["0.5", 0.5],
  [".5", 0.5],
  ["5.", 5],
  ["+1e2", 100],
  ["-1E-2", -0.01],
  ["007", 7],
  ["0x1p-2", 0.25],
  ["0X_1.8P1", 3],
  ["-0x.8p0", -0.5],
  ["inf", Infinity],
  ["-Infinity", -Infinity],
  ["nan", Number.NaN],
  ["1e-400", 0],
  ["1_0", 10],
  ["-1_23.50_0_0e+1_2", -1.235e14],
  ["0_1", 1],
  ["0x1p1_0", 1024],
])("%s", (text, value) => {
  expect(parseFloat64(text)).toEqual({ ok: true, value });
});

const MISPLACED = ["_1", "1_", "1__0", "1_.5", "._5", "0.5_", "1_e5", "1e_5", "0x1__0p1", "0x1_p1", "0x_p1", "0_x1p1"];

test.each(["", ".", "e1", "1e", "0x1", "0x1.", "0x.p1", " 1", "1 ", "half", "+", "--1", "1,5", ...MISPLACED])("%j", (text) => {
  expect(parseFloat64(text)).toEqual({ ok: false, error: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax` });
});

test.each(["1e400", "-1e400", "0x1p5000"])("%s is out of range", (text) => {
  expect(parseFloat64(text)).toEqual({ ok: false, error: `strconv.ParseFloat: parsing "${text}": value out of range` });
});
