import { aligned, type ListPart, type NetlinkMessage, NLM_F, netlinkMessage, parseList } from "./netlink.ts";
import type { NetworkChange } from "./network-change.ts";

// Lists of the kernel's routing, NETLINK_ROUTE (rtnetlink(7)), as far as they show changes of `network-change`.

/** A rule or a route. */
export type NetworkEntry = Exclude<NetworkChange, { readonly kind: "address" }>;

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
/** Bytes of an `rtmsg` and of a `fib_rule_hdr`. */
const BODY = 12;
const ATTRIBUTE = { mark: 10, table: 15 } as const;
const RTN_LOCAL = 2;
const FAMILY = { 4: 2, 6: 10 } as const;

/** Returns the message that requests the rules or the routes of a family. */
export function dumpRequest(kind: NetworkEntry["kind"], family: 4 | 6): Uint8Array {
  const body = [FAMILY[family], ...new Array<number>(BODY - 1).fill(0)];
  return netlinkMessage(kind === "rule" ? RTM_GETRULE : RTM_GETROUTE, NLM_F.request | NLM_F.dump, body);
}

/** Parses a part of the kernel's response; undefined when it is an error or no such response. */
export function parseDump(bytes: Uint8Array, family: 4 | 6): ListPart<NetworkEntry> | undefined {
  return parseList(bytes, (message) => entriesIn(message, family));
}

function entriesIn({ type, body }: NetlinkMessage, family: 4 | 6): readonly NetworkEntry[] {
  if ((type !== RTM_NEWRULE && type !== RTM_NEWROUTE) || body.byteLength < BODY) return [];
  const attributes = numbersIn(body);
  const table = attributes.get(ATTRIBUTE.table) ?? body.getUint8(4);
  const mark = attributes.get(ATTRIBUTE.mark);
  if (type === RTM_NEWRULE) return mark === undefined ? [] : [{ kind: "rule", family, mark, table }];
  const isLocalDefault = body.getUint8(1) === 0 && body.getUint8(7) === RTN_LOCAL;
  return isLocalDefault ? [{ kind: "route", family, table }] : [];
}

/** Returns the attributes of four bytes by their type. */
function numbersIn(body: DataView): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let at = BODY; at + 4 <= body.byteLength; ) {
    const length = body.getUint16(at, true);
    if (length < 4 || at + length > body.byteLength) return found;
    if (length === 8) found.set(body.getUint16(at + 2, true), body.getUint32(at + 4, true));
    at += aligned(length);
  }
  return found;
}
