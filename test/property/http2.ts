import { expect } from "bun:test";
import fc from "fast-check";
import { hpackDecoder } from "../../src/http/http2/hpack-decoder.ts";
import type { Headers } from "../../src/http/message-head.ts";
import { openSide, REQUEST, rawClient, sentBy } from "../http/http2/peers.ts";
import {
  data,
  FLAG,
  FRAME,
  frame,
  goAway,
  headers,
  PREFACE,
  RESPONSE_FIELDS,
  reset,
  SETTINGS,
  windowUpdate,
} from "../support/http2-raw.ts";
import { SEED } from "./hostile-text.ts";
import { mutated } from "./mutated.ts";

/** What a side may hold of what the other sends: its windows, and a header block. */
const MOST_HELD = 2 * 65_535 + 65_536;

const TABLE = Buffer.from("8286844188f1e3c2e5f23a6ba0ab90f4ff4001610162be", "hex");
const PADDED = frame(FRAME.data, FLAG.padded, 1, Buffer.from("0301020304000000", "hex"));
const requests = [
  Buffer.concat([PREFACE, SETTINGS, headers(1, REQUEST), data(1, Buffer.from("hello")), data(1, Buffer.alloc(0), { endStream: true })]),
  Buffer.concat([PREFACE, SETTINGS, headers(1, REQUEST), PADDED, windowUpdate(0, 5), windowUpdate(1, 5), reset(1, 8), headers(3, REQUEST)]),
  Buffer.concat([
    PREFACE,
    SETTINGS,
    frame(FRAME.headers, 0, 1, TABLE),
    frame(FRAME.continuation, FLAG.endHeaders, 1),
    frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
  ]),
  Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0, Buffer.from("000400010000000500008000", "hex")), headers(1, REQUEST), goAway(1, 0)]),
];
const answers = [
  Buffer.concat([headers(1, RESPONSE_FIELDS), data(1, Buffer.from("hello")), headers(1, [["grpc-status", "0"]], { endStream: true })]),
  Buffer.concat([headers(1, [[":status", "103"]]), headers(1, RESPONSE_FIELDS), PADDED, windowUpdate(1, 9), SETTINGS, reset(1, 2)]),
];

/** Mutated bytes of a peer are read or refused: no other error, no content but what its frames have, and an end. */
export function checkConnections(runs: number): void {
  const pieces = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(mutated(requests), pieces, (bytes, size) => {
      const server = openSide({ role: "server" });
      feed(server, bytes, size);
    }),
    { numRuns: runs, seed: SEED },
  );
  fc.assert(
    fc.property(mutated(answers), pieces, (bytes, size) => {
      feed(rawClient(), bytes, size);
    }),
    { numRuns: runs, seed: SEED },
  );
}

function feed(side: ReturnType<typeof openSide>, bytes: Uint8Array, size: number): void {
  let held = 0;
  side.received = (_, content) => {
    held += content.length;
  };
  for (let at = 0; at < bytes.length; at += size) side.connection.receive(bytes.subarray(at, at + size));
  const sent = sentBy(side);
  expect(held).toBeLessThanOrEqual(Math.min(MOST_HELD, bytes.length));
  // An answer is no longer than what it answers, but for the settings and the reason at the end.
  expect(sent.length).toBeLessThanOrEqual(2 * bytes.length + 200);
  side.connection.lose();
  expect(side.connection.streams()).toBe(0);
}

const blocks: readonly Buffer[] = [
  TABLE,
  Buffer.from("3fe1014882640258 85aec3771a4b".replaceAll(" ", ""), "hex"),
  Buffer.from("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "hex"),
  Buffer.from("1f2d01610f0001617d0161bd", "hex"),
];

/** Mutated header blocks are decoded or refused, within their limit. */
export function checkHeaderBlocks(runs: number): void {
  fc.assert(
    fc.property(fc.array(mutated(blocks), { minLength: 1, maxLength: 4 }), (list) => {
      const decoder = hpackDecoder(4_096);
      for (const block of list) {
        const fields = decodedOr(() => decoder.decode(block));
        if (fields === undefined) return;
        expect(fields.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0)).toBeLessThanOrEqual(4_096);
      }
    }),
    { numRuns: runs, seed: SEED },
  );
}

function decodedOr(decode: () => Headers): Headers | undefined {
  try {
    return decode();
  } catch (error) {
    expect(error).toMatchObject({ name: "Http2Error" });
    return undefined;
  }
}
