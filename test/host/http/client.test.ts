import { describe, expect, test } from "bun:test";
import { type Answer, bytesOf, textBefore, textOf } from "../../../src/host/http/client.ts";

/** A response whose body arrives in these pieces. */
function answerOf(...pieces: readonly Buffer[]): Answer {
  const body = (async function* () {
    yield* pieces;
  })();
  return { status: 200, minor: 1, headers: [], body, cut: () => {} };
}

describe("a body that is read as a whole", () => {
  test("is joined, wherever it was split", async () => {
    const bytes = Buffer.from("aäb");
    expect(await textOf(answerOf(bytes.subarray(0, 2), bytes.subarray(2)))).toBe("aäb");
    expect(await textOf(answerOf())).toBe("");
  });

  test("can be as long as the limit in bytes, but not longer", async () => {
    const piece = Buffer.from("ää");
    expect((await bytesOf(answerOf(piece, piece), 8)).length).toBe(8);
    expect(await textOf(answerOf(piece, piece), 8)).toBe("ääää");
    for (const read of [bytesOf, textOf])
      await expect(read(answerOf(piece, piece), 7)).rejects.toThrow("The response is longer than 7 bytes");
  });

  test("is limited to 64 MiB as text by default", async () => {
    const mebibyte = Buffer.alloc(1_048_576);
    const pieces = Array.from({ length: 64 }, () => mebibyte);
    await expect(textOf(answerOf(...pieces, Buffer.alloc(1)))).rejects.toThrow("The response is longer than 67108864 bytes");
  });
});

test("a body without the mark that it is read up to is limited to 4 MiB", async () => {
  const mebibyte = Buffer.alloc(1_048_576);
  let sent = 0;
  const body = (async function* () {
    for (; sent < 10; sent++) yield mebibyte;
  })();
  const answer = { ...answerOf(), body };
  await expect(textBefore(answer, "mark")).rejects.toThrow("The response is longer than 4194304 bytes");
  expect(sent).toBe(4);
});
