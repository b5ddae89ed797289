import type { Headers } from "../message-head.ts";
import { type Field, staticIndex } from "./static-table.ts";

/** How a field is written (RFC 7541 §6): the first bits, and how many bits of the first byte are left for an index. */
const INDEXED = { mark: 0x80, bits: 7 } as const;
const LITERAL = { mark: 0, bits: 4 } as const;
const NEVER_INDEXED = { mark: 0x10, bits: 4 } as const;
/** The peer need not keep any field: the dynamic table has no room. */
export const NO_TABLE: Uint8Array = Uint8Array.of(0x20);

/** Fields that no hop may keep in a table. */
const SECRET = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Encodes a list of fields with names in lower case, without the dynamic table and Huffman coding. */
export function encodeFields(fields: Headers): Uint8Array {
  const bytes: number[] = [];
  for (const field of fields) pushField(bytes, field);
  return Uint8Array.from(bytes);
}

function pushField(bytes: number[], field: Field): void {
  const [name, value] = field;
  const { index, hasValue } = staticIndex(field);
  if (hasValue) {
    pushInteger(bytes, INDEXED, index);
    return;
  }
  pushInteger(bytes, SECRET.has(name) ? NEVER_INDEXED : LITERAL, index);
  if (index === 0) pushText(bytes, name);
  pushText(bytes, value);
}

function pushText(bytes: number[], text: string): void {
  pushInteger(bytes, { mark: 0, bits: 7 }, text.length);
  for (let at = 0; at < text.length; at++) bytes.push(text.charCodeAt(at) & 0xff);
}

/** Writes an integer whose first bits share a byte with a mark (RFC 7541 §5.1). */
function pushInteger(bytes: number[], { mark, bits }: { readonly mark: number; readonly bits: number }, value: number): void {
  const most = 2 ** bits - 1;
  if (value < most) {
    bytes.push(mark | value);
    return;
  }
  bytes.push(mark | most);
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}
