import { expect, test } from "bun:test";
import { chunkLength } from "../../src/http/chunks.ts";

test("the length of a chunk is hexadecimal, with blanks only after it", () => {
  expect(["0", "a", "fF;x=y", "1 ", "", "-1", "0x1", "3 ;a", " 3", "0000000000000003", "00000000000000003"].map(chunkLength)).toEqual([
    0,
    10,
    255,
    1,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    3,
    undefined,
  ]);
});
