import fc from "fast-check";

/** One change of bytes. */
interface Edit {
  readonly kind: "set" | "insert" | "remove" | "repeat" | "cut" | "large";
  readonly at: number;
  readonly byte: number;
  readonly length: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("set", "set", "set", "insert", "remove", "repeat", "cut", "large"),
  at: fc.nat(),
  byte: fc.nat(255),
  length: fc.integer({ min: 1, max: 40 }),
});

/** Valid bytes with some changes, mostly in few places, so that later parts are reached. */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.nat(seeds.length - 1), fc.array(edit, { minLength: 1, maxLength: 5 })).map(([seed, edits]) => {
    let bytes: Buffer = Buffer.from(seeds[seed] ?? []);
    for (const each of edits) bytes = applied(bytes, each);
    return bytes;
  });
}

function applied(bytes: Buffer, { kind, at, byte, length }: Edit): Buffer {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case "set":
      return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
    case "insert":
      return Buffer.concat([before, Buffer.alloc(length, byte), after]);
    case "remove":
      return Buffer.concat([before, after.subarray(length)]);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, length), after.subarray(0, length), after]);
    case "cut":
      // Not often, and not short: what comes after is not reached.
      return byte < 64 ? bytes.subarray(0, Math.max(place, bytes.length >> 1)) : bytes;
    case "large":
      // The largest number of 32 or 64 bits as a varint, or a length of four bytes.
      return Buffer.concat([before, byte < 128 ? Buffer.from("ffffffff0f", "hex") : Buffer.from("ffffffffffffffffff01", "hex"), after]);
  }
}
