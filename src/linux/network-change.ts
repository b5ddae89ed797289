import { parseIp } from "../go/ip.ts";

// Messages of the kernel's routing, NETLINK_ROUTE (rtnetlink(7)). All numbers are in the byte order of the machine, which is little-endian on
// x86-64 and arm64; addresses are in network order.

/** A change of addresses, rules or routes, all of them on the loopback interface. */
export type NetworkChange =
  | { readonly kind: "address"; readonly address: string; readonly bits: number }
  /** Packets with the mark are routed by the table. */
  | { readonly kind: "rule"; readonly family: 4 | 6; readonly mark: number; readonly mask?: number; readonly table: number }
  /** All packets are for this machine. */
  | { readonly kind: "route"; readonly family: 4 | 6; readonly table: number };

const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_NEWRULE = 32;
/** NLM_F_REQUEST, NLM_F_ACK and NLM_F_CREATE. */
const FLAGS = 0x1 | 0x4 | 0x400;
const NLM_F_EXCL = 0x200;
const NLMSG_ERROR = 2;
const HEADER = 16;

const AF_INET = 2;
const AF_INET6 = 10;
/** The index of the loopback interface in every network namespace. */
const LOOPBACK = 1;
const IFA = { address: 1, local: 2 } as const;
const RTA = { outInterface: 4, table: 15 } as const;
const FRA = { mark: 10, table: 15, mask: 16 } as const;
const RTPROT_BOOT = 3;
const RT_SCOPE_HOST = 254;
const RTN_LOCAL = 2;
const FR_ACT_TO_TBL = 1;

/** Returns the message that requests a change. The kernel refuses an address or a route that exists. */
export function changeRequest(change: NetworkChange): Uint8Array {
  switch (change.kind) {
    case "address": {
      const bytes = parseIp(change.address)?.bytes ?? [];
      const family = bytes.length === 4 ? AF_INET : AF_INET6;
      const body = [family, change.bits, 0, 0, ...u32(LOOPBACK), ...attribute(IFA.local, bytes), ...attribute(IFA.address, bytes)];
      return message(RTM_NEWADDR, FLAGS | NLM_F_EXCL, body);
    }
    case "route": {
      const { number, rest } = tableOf(change.table, RTA.table);
      const body = [familyOf(change.family), 0, 0, 0, number, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, ...u32(0)];
      return message(RTM_NEWROUTE, FLAGS | NLM_F_EXCL, [...body, ...attribute(RTA.outInterface, u32(LOOPBACK)), ...rest]);
    }
    case "rule": {
      const { number, rest } = tableOf(change.table, FRA.table);
      const body = [familyOf(change.family), 0, 0, 0, number, 0, 0, FR_ACT_TO_TBL, ...u32(0)];
      const mask = change.mask === undefined ? [] : attribute(FRA.mask, u32(change.mask));
      return message(RTM_NEWRULE, FLAGS, [...body, ...attribute(FRA.mark, u32(change.mark)), ...mask, ...rest]);
    }
  }
}

/** Returns the errno of the kernel's answer; 0 for success, undefined if it is no answer. */
export function answeredError(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER + 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint16(4, true) === NLMSG_ERROR ? Math.abs(view.getInt32(HEADER, true)) : undefined;
}

function message(type: number, flags: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([...u32(HEADER + body.length), ...u16(type), ...u16(flags), ...u32(1), ...u32(0), ...body]);
}

/** Attributes are aligned to four bytes. */
function attribute(type: number, value: readonly number[]): readonly number[] {
  const padding = new Array<number>((4 - (value.length % 4)) % 4).fill(0);
  return [...u16(4 + value.length), ...u16(type), ...value, ...padding];
}

/** The number of a table has one byte in the message; an attribute has a larger one. */
function tableOf(table: number, type: number): { readonly number: number; readonly rest: readonly number[] } {
  return table < 256 ? { number: table, rest: [] } : { number: 0, rest: attribute(type, u32(table)) };
}

function familyOf(family: 4 | 6): number {
  return family === 4 ? AF_INET : AF_INET6;
}

function u16(value: number): readonly number[] {
  return [value & 255, (value >> 8) & 255];
}

function u32(value: number): readonly number[] {
  return [...u16(value), ...u16(value >>> 16)];
}
