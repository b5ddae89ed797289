import { test } from "bun:test";
import fc from "fast-check";
import { ByteStream, streamHandlers } from "../../../src/host/http/byte-stream.ts";

/** A stream, and the functions of its peer. */
function connection() {
  const stream = new ByteStream();
  const handlers = streamHandlers(() => {});
  const socket = { data: stream } as Bun.Socket<ByteStream>; // nothing else of it is used
  return {
    stream,
    sends: (bytes: Buffer) => handlers.data?.(socket, bytes),
    ends: () => handlers.end?.(socket),
  };
}

test("bytes arrive as they were sent, however they are split on both sides", async () => {
  const steps = fc.array(
    fc.oneof(fc.record({ send: fc.integer({ min: 1, max: 300 }) }), fc.record({ read: fc.integer({ min: 1, max: 200 }) })),
    {
      maxLength: 40,
    },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { stream, sends, ends } = connection();
      let count = 0;
      const sent: Buffer[] = [];
      const got: Buffer[] = [];
      for (const step of all) {
        if ("send" in step) {
          const bytes = Buffer.from(Array.from({ length: step.send }, () => count++ & 255));
          sent.push(bytes);
          sends(Buffer.from(bytes));
        } else if (stream.received.bytes.length > 0) got.push(Buffer.from((await stream.read(step.read)) ?? []));
      }
      ends();
      for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) got.push(Buffer.from(piece));
      return Buffer.concat(got).equals(Buffer.concat(sent));
    }),
    { numRuns: 300, seed: 20_261_125 },
  );
});
