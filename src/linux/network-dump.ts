import type { NetworkChange } from "./network-change.ts";

// Lists of the kernel's routing, NETLINK_ROUTE (rtnetlink(7)), as far as they show changes of `network-change`.

/** A rule or a route. */
export type NetworkEntry = Exclude<NetworkChange, { readonly kind: "address" }>;

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
/** NLM_F_REQUEST and NLM_F_DUMP. */
const FLAGS = 0x1 | 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER = 16;
/** Bytes of an `rtmsg` and of a `fib_rule_hdr`. */
const BODY = 12;
const ATTRIBUTE = { mark: 10, table: 15 } as const;
const RTN_LOCAL = 2;
const FAMILY = { 4: 2, 6: 10 } as const;

/** Returns the message that requests the rules or the routes of a family. */
export function dumpRequest(kind: NetworkEntry["kind"], family: 4 | 6): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER + BODY));
  view.setUint32(0, HEADER + BODY, true);
  view.setUint16(4, kind === "rule" ? RTM_GETRULE : RTM_GETROUTE, true);
  view.setUint16(6, FLAGS, true);
  view.setUint8(HEADER, FAMILY[family]);
  return new Uint8Array(view.buffer);
}

/** Parses a part of the kernel's response; undefined when it is an error or no such response. */
export function parseDump(
  bytes: Uint8Array,
  family: 4 | 6,
): { readonly entries: readonly NetworkEntry[]; readonly isLast: boolean } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: NetworkEntry[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, true);
    const type = view.getUint16(at + 4, true);
    if (length < HEADER || at + length > bytes.length || type === NLMSG_ERROR) return undefined;
    if (type === NLMSG_DONE) return { entries, isLast: true };
    if ((type === RTM_NEWRULE || type === RTM_NEWROUTE) && length >= HEADER + BODY)
      entries.push(...entryIn(view, at, length, type, family));
    // Messages are aligned to four bytes.
    at += (length + 3) & ~3;
  }
  return { entries, isLast: false };
}

function entryIn(view: DataView, start: number, length: number, type: number, family: 4 | 6): readonly NetworkEntry[] {
  const body = start + HEADER;
  const attributes = numbersIn(view, body + BODY, start + length);
  const table = attributes.get(ATTRIBUTE.table) ?? view.getUint8(body + 4);
  const mark = attributes.get(ATTRIBUTE.mark);
  if (type === RTM_NEWRULE) return mark === undefined ? [] : [{ kind: "rule", family, mark, table }];
  const isLocalDefault = view.getUint8(body + 1) === 0 && view.getUint8(body + 7) === RTN_LOCAL;
  return isLocalDefault ? [{ kind: "route", family, table }] : [];
}

/** Returns the attributes of four bytes by their type. */
function numbersIn(view: DataView, from: number, to: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let at = from; at + 4 <= to; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > to) return found;
    if (length === 8) found.set(view.getUint16(at + 2, true), view.getUint32(at + 4, true));
    at += (length + 3) & ~3;
  }
  return found;
}
