import { expect, test } from "bun:test";
import { atoi, parseBool, parseInteger, signedInteger, unsignedInteger } from "../../src/go/number.ts";

test.each([
  ["15020", 10, 32, 15020],
  ["-7", 10, 32, -7],
  ["+7", 10, 32, 7],
  ["010", 10, 32, 10],
  ["2147483647", 10, 32, 2147483647],
  ["-2147483648", 10, 32, -2147483648],
  ["0x1F", 0, 64, 31],
  ["-0X1f", 0, 64, -31],
  ["0o17", 0, 64, 15],
  ["017", 0, 64, 15],
  ["0b101", 0, 64, 5],
  ["0", 0, 64, 0],
  ["1_000", 0, 64, 1000],
  ["0x_1f", 0, 64, 31],
  ["0_7", 0, 64, 7],
  ["9223372036854775807", 10, 64, Number(9223372036854775807n)],
] as const)("parseInteger(%p, %p, %p) is %p", (text, base, bits, value) => {
  expect(parseInteger(text, base, bits)).toEqual({ ok: true, value });
});

test.each([
  ["", 10, 32, "invalid syntax"],
  ["http", 10, 32, "invalid syntax"],
  ["-", 10, 32, "invalid syntax"],
  [" 1", 10, 32, "invalid syntax"],
  ["1_0", 10, 32, "invalid syntax"],
  ["0x1F", 10, 32, "invalid syntax"],
  ["08", 0, 64, "invalid syntax"],
  ["0x", 0, 64, "invalid syntax"],
  ["1__0", 0, 64, "invalid syntax"],
  ["1_", 0, 64, "invalid syntax"],
  ["_1", 0, 64, "invalid syntax"],
  ["2147483648", 10, 32, "value out of range"],
  ["-2147483649", 10, 32, "value out of range"],
  ["9999999999999999999", 10, 64, "value out of range"],
  ["99999999999999999999x", 10, 64, "value out of range"],
] as const)("parseInteger(%p, %p, %p) has %s", (text, base, bits, fault) => {
  const error = `strconv.ParseInt: parsing "${text}": ${fault}`;
  expect(parseInteger(text, base, bits)).toEqual({ ok: false, error });
});

test("integers are exact over the whole range of their types", () => {
  expect(signedInteger("-9223372036854775808", 10, 64)).toBe(-(1n << 63n));
  expect(unsignedInteger("18446744073709551615", 10, 64)).toBe((1n << 64n) - 1n);
  expect(unsignedInteger("18446744073709551616", 10, 64)).toBe("value out of range");
  expect(unsignedInteger("-1", 10, 64)).toBe("invalid syntax");
});

test("errors of atoi name it", () => {
  expect(atoi("-12")).toEqual({ ok: true, value: -12 });
  expect(atoi("a\n")).toEqual({ ok: false, error: 'strconv.Atoi: parsing "a\\n": invalid syntax' });
  expect(atoi("9999999999999999999")).toEqual({
    ok: false,
    error: 'strconv.Atoi: parsing "9999999999999999999": value out of range',
  });
});

test.each([
  ["1 t T TRUE true True", true],
  ["0 f F FALSE false False", false],
])("parseBool reads each of %p as %p", (texts, value) => {
  for (const text of texts.split(" ")) expect(parseBool(text)).toEqual({ ok: true, value });
});

test.each(["maybe", "", "yes", "tRUE", "2"])("parseBool refuses %p", (text) => {
  expect(parseBool(text)).toEqual({ ok: false, error: `strconv.ParseBool: parsing "${text}": invalid syntax` });
});
