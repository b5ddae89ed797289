/** A field of a header block, decoded only as far as needed. */
export interface EncodedField {
  /** Index in the static table; 0 for a literal name. */
  readonly index: number;
  readonly name?: EncodedText;
  /** Absent if the value is in the table too. */
  readonly value?: EncodedText;
}

export interface EncodedText {
  readonly bytes: Buffer;
  /** Whether the text is Huffman-coded. */
  readonly isHuffman: boolean;
}

/** The statuses of the static table, from index 8 (RFC 7541 appendix A). */
const STATUSES = ["200", "204", "206", "304", "400", "404", "500"];
const STATUS_INDEX = 8;

/** Parses a header block of a connection without a dynamic table (RFC 7541 §6). */
export function encodedFields(block: Uint8Array): readonly EncodedField[] {
  const bytes = Buffer.from(block);
  const fields: EncodedField[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const bits = first & 128 ? 7 : first & 64 ? 6 : first & 32 ? 5 : 4;
    const index = integerAt(bytes, at, bits);
    at = index.next;
    if ((first & 224) === 32) continue;
    if (first & 128) {
      fields.push({ index: index.value });
      continue;
    }
    const name = index.value === 0 ? textAt(bytes, at) : undefined;
    const value = textAt(bytes, name?.next ?? at);
    at = value.next;
    fields.push({ index: index.value, ...(name === undefined ? {} : { name }), value });
  }
  return fields;
}

/** Returns the status of a response; undefined if it has none or it is invalid. */
export function statusOf(block: Uint8Array): number | undefined {
  for (const { index, value } of encodedFields(block)) {
    const text =
      value === undefined
        ? STATUSES[index - STATUS_INDEX]
        : index >= STATUS_INDEX && index < STATUS_INDEX + STATUSES.length
          ? digitsOf(value)
          : undefined;
    if (text !== undefined) return /^\d{3}$/.test(text) ? Number(text) : undefined;
  }
  return undefined;
}

/** Returns a text of digits. */
export function digitsOf({ bytes, isHuffman }: EncodedText): string {
  return isHuffman ? decodeDigits(bytes) : bytes.toString("latin1");
}

/** Decodes Huffman-coded digits (RFC 7541 appendix B): 0 to 2 have five bits, 3 to 9 six. */
function decodeDigits(bytes: Buffer): string {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (;;) {
    const five = Number.parseInt(bits.slice(0, 5), 2);
    const six = Number.parseInt(bits.slice(0, 6), 2);
    if (bits.length >= 5 && five <= 2) digits += five;
    else if (bits.length >= 6 && six >= 0x19 && six <= 0x1f) digits += six - 0x19 + 3;
    else return /^1{0,7}$/.test(bits) ? digits : "unreadable";
    bits = bits.slice(five <= 2 ? 5 : 6);
  }
}

function integerAt(bytes: Buffer, at: number, bits: number): { readonly value: number; readonly next: number } {
  const most = 2 ** bits - 1;
  let value = (bytes[at] ?? 0) & most;
  let next = at + 1;
  if (value < most) return { value, next };
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[next++] ?? 0;
    value += (byte & 127) << shift;
    if (byte < 128) break;
  }
  return { value, next };
}

function textAt(bytes: Buffer, at: number): { readonly bytes: Buffer; readonly isHuffman: boolean; readonly next: number } {
  const { value: length, next } = integerAt(bytes, at, 7);
  return { bytes: bytes.subarray(next, next + length), isHuffman: ((bytes[at] ?? 0) & 128) !== 0, next: next + length };
}
