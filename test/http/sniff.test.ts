import { expect, test } from "bun:test";
import { sniffedType } from "../../src/http/sniff.ts";

test.each([
  ["", undefined],
  ["plain", "text/plain; charset=utf-8"],
  ["  <html>", "text/html; charset=utf-8"],
  ["<?xml version", "text/xml; charset=utf-8"],
  ["a\0b", "application/octet-stream"],
])("the type of %j is guessed as %p", (body, type) => {
  expect(sniffedType(Buffer.from(body))).toBe(type);
});

test("only the first 512 bytes count", () => {
  const types = [511, 512].map((before) => sniffedType(Buffer.from(`${"a".repeat(before)}\0`)));
  expect(types).toEqual(["application/octet-stream", "text/plain; charset=utf-8"]);
});
