// Messages between a program and the kernel (netlink(7)). All numbers are in the byte order of the machine, which is little-endian on x86-64
// and arm64; ports and addresses are in network order.

/** Flags of a request. */
export const NLM_F = { request: 0x1, ack: 0x4, exclusive: 0x200, dump: 0x300, create: 0x400 } as const;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER = 16;
/** No request waits for the answer to another one, so all have the same number. */
const SEQUENCE = 1;

/** A message of the kernel. */
export interface NetlinkMessage {
  readonly type: number;
  readonly body: DataView;
}

/** A part of a list that the kernel returns. */
export interface ListPart<Item> {
  readonly items: readonly Item[];
  readonly isLast: boolean;
}

/** Returns a message for the kernel. */
export function netlinkMessage(type: number, flags: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([...u32(HEADER + body.length), ...u16(type), ...u16(flags), ...u32(SEQUENCE), ...u32(0), ...body]);
}

/**
 * Parses a part of a list; `itemsOf` returns the items of a message, or undefined if it is invalid. Returns undefined for an error of the
 * kernel and for what is no such list.
 */
export function parseList<Item>(
  bytes: Uint8Array,
  itemsOf: (message: NetlinkMessage) => readonly Item[] | undefined,
): ListPart<Item> | undefined {
  const view = viewOf(bytes);
  const items: Item[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, true);
    const type = view.getUint16(at + 4, true);
    if (length < HEADER || at + length > bytes.length || type === NLMSG_ERROR) return undefined;
    if (type === NLMSG_DONE) return { items, isLast: true };
    const found = itemsOf({ type, body: new DataView(view.buffer, view.byteOffset + at + HEADER, length - HEADER) });
    if (found === undefined) return undefined;
    items.push(...found);
    at += aligned(length);
  }
  return { items, isLast: false };
}

/** Returns the errno of the kernel's answer to a change; 0 for success, undefined if it is no answer. */
export function answeredError(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER + 4) return undefined;
  const view = viewOf(bytes);
  return view.getUint16(4, true) === NLMSG_ERROR ? Math.abs(view.getInt32(HEADER, true)) : undefined;
}

/** Messages and attributes are aligned to four bytes. */
export function aligned(length: number): number {
  return (length + 3) & ~3;
}

export function u16(value: number): readonly number[] {
  return [value & 255, (value >> 8) & 255];
}

export function u32(value: number): readonly number[] {
  return [...u16(value), ...u16(value >>> 16)];
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
