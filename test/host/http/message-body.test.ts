import { expect, test } from "bun:test";
import type { ByteStream } from "../../../src/host/http/byte-stream.ts";
import { byteStream, wireHandlers, wireOf } from "../../../src/host/http/byte-stream.ts";
import { bodyOf } from "../../../src/host/http/message-body.ts";

/** A stream that receives the blocks one after another, each when the one before was read, and then ends. */
async function fed(blocks: readonly string[]): Promise<ByteStream> {
  const wire = wireOf();
  const handlers = wireHandlers(() => {});
  const stream = byteStream(wire);
  const socket = { data: wire } as Bun.Socket<typeof wire>; // nothing else of it is used
  void (async () => {
    for (const block of blocks) {
      while (wire.received.length > 0) await new Promise((next) => setImmediate(next));
      handlers.data?.(socket, Buffer.from(block, "latin1"));
    }
    while (wire.received.length > 0) await new Promise((next) => setImmediate(next));
    handlers.end?.(socket);
  })();
  return stream;
}

async function piecesOf(blocks: readonly string[]): Promise<{ readonly pieces: readonly string[]; readonly error?: string }> {
  const pieces: string[] = [];
  try {
    for await (const piece of bodyOf(await fed(blocks), { kind: "chunked" })) pieces.push(piece.toString("latin1"));
    return { pieces };
  } catch (error) {
    return { pieces, error: String(error) };
  }
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

test("chunks that have come together are one piece", async () => {
  expect(await piecesOf([`${chunk("one ")}${chunk("two ")}${chunk("three")}0\r\n\r\n`])).toEqual({ pieces: ["one two three"] });
});

test("chunks that come one by one are not waited for", async () => {
  expect(await piecesOf([chunk("one "), chunk("two "), chunk("three"), "0\r\n\r\n"])).toEqual({
    pieces: ["one ", "two ", "three"],
  });
});

test("many chunks are given in pieces of bounded size", async () => {
  const text = "0123456789abcdef".repeat(64);
  const { pieces } = await piecesOf([`${chunk(text).repeat(1_000)}0\r\n\r\n`]);
  expect(pieces.join("")).toBe(text.repeat(1_000));
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(131_072);
  expect(pieces).toHaveLength(8);
});

test("what came before a broken chunk is given before the error", async () => {
  const { pieces, error } = await piecesOf([`${chunk("one ")}${chunk("two")}zz\r\n`]);
  expect(pieces).toEqual(["one two"]);
  expect(error).toContain("unreadable length");
});
