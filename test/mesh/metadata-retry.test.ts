import { expect, test } from "bun:test";
import { type MetadataFailure, metadataWait } from "../../src/mesh/metadata-retry.ts";

const status = (number: number): MetadataFailure => ({ status: number });
const code = (text: string): MetadataFailure => ({ code: text });

test.each<[failure: MetadataFailure, isRepeated: boolean]>([
  [status(429), true],
  [status(500), true],
  [status(502), true],
  [status(503), true],
  [status(599), true],
  [status(201), false],
  [status(204), false],
  [status(400), false],
  [status(404), false],
  [status(600), false],
  [code("ECONNREFUSED"), true],
  [code("ECONNRESET"), true],
  [code("TimeoutError"), true],
  [code("ENOTFOUND"), false],
  [code(""), false],
])("%o is tried again: %p", (failure, isRepeated) => {
  expect(metadataWait(0, failure, () => 1) !== undefined).toBe(isRepeated);
});

test("the sixth request is the last; each wait is up to twice as long as the one before", () => {
  const waits = (random: number) => Array.from({ length: 6 }, (_, failures) => metadataWait(failures, status(503), () => random));
  expect(waits(1)).toEqual([100, 200, 400, 800, 1_600, undefined]);
  expect(waits(0.5)).toEqual([50, 100, 200, 400, 800, undefined]);
});
