import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { append, receiveBuffer, take, takeHead, takeLine } from "../../src/http/receive-buffer.ts";

function bufferOf(...blocks: readonly string[]) {
  const buffer = receiveBuffer();
  for (const block of blocks) append(buffer, Buffer.from(block, "latin1"));
  return buffer;
}

test("bytes are returned in order, however they are split, and returned bytes do not change", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300 })), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (all) => {
      const buffer = receiveBuffer();
      let count = 0;
      const sent: Buffer[] = [];
      const got: Buffer[] = [];
      for (const [sends, size] of all) {
        if (!sends) {
          got.push(take(buffer, size));
          continue;
        }
        const bytes = Buffer.from(Array.from({ length: size }, () => count++ & 255));
        sent.push(bytes);
        append(buffer, Buffer.from(bytes));
      }
      got.push(take(buffer, Number.POSITIVE_INFINITY));
      return Buffer.concat(got).equals(Buffer.concat(sent)) && buffer.store.length === 0;
    }),
    { numRuns: 300, seed: 20_261_125 },
  );
});

describe("a head", () => {
  test.each([
    [["a\r\n\r\nb"], "a\r\n", "b"],
    [["a\n\nb"], "a\n", "b"],
    [["a\n\r\nb"], "a\n", "b"],
    [["\r\n\n\r\na\r\n\r\n"], "a\r\n", ""],
    [["a\r", "\nb\r\n\r", "\nc"], "a\r\nb\r\n", "c"],
    [["a\n\r\n", "\n\n"], "a\n", "\n\n"],
  ] as const)("of %j is %j", (blocks, head, rest) => {
    const buffer = receiveBuffer();
    let found: Buffer | "long" | undefined;
    // Tried after each block.
    for (const block of blocks) {
      append(buffer, Buffer.from(block));
      found ??= takeHead(buffer, 100);
    }
    expect([String(found), buffer.bytes.toString()]).toEqual([head, rest]);
  });

  test("is incomplete up to its limit", () => {
    expect(takeHead(bufferOf("a: b\r\n"), 10)).toBeUndefined();
    expect(takeHead(bufferOf("a: b\r\nc: d"), 10)).toBe("long");
    expect(takeHead(bufferOf("a: b\r\n\r\n"), 6)?.toString()).toBe("a: b\r\n");
    expect(takeHead(bufferOf("a: b\r\n\r\n"), 5)).toBe("long");
    expect(takeHead(bufferOf("\r\n", "\r"), 10)).toBeUndefined();
  });
});

test("a line ends with a line feed, within its limit", () => {
  const buffer = bufferOf("ab\r\n\nlong\ncd");
  expect([takeLine(buffer, 4)?.toString(), takeLine(buffer, 1)?.toString(), takeLine(buffer, 5)?.toString()]).toEqual(["ab\r", "", "long"]);
  expect(takeLine(buffer, 3)).toBeUndefined();
  expect(takeLine(buffer, 2)).toBe("long");
  expect(takeLine(bufferOf("abc\n"), 3)).toBe("long");
});
