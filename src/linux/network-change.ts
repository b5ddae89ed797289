import { parseIp } from "../go/ip.ts";
import { aligned, NLM_F, netlinkMessage, u16, u32 } from "./netlink.ts";

// Messages of the kernel's routing, NETLINK_ROUTE (rtnetlink(7)).

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
const FLAGS = NLM_F.request | NLM_F.ack | NLM_F.create;

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
      return netlinkMessage(RTM_NEWADDR, FLAGS | NLM_F.exclusive, body);
    }
    case "route": {
      const { number, rest } = tableOf(change.table, RTA.table);
      const body = [familyOf(change.family), 0, 0, 0, number, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, ...u32(0)];
      return netlinkMessage(RTM_NEWROUTE, FLAGS | NLM_F.exclusive, [...body, ...attribute(RTA.outInterface, u32(LOOPBACK)), ...rest]);
    }
    case "rule": {
      const { number, rest } = tableOf(change.table, FRA.table);
      const body = [familyOf(change.family), 0, 0, 0, number, 0, 0, FR_ACT_TO_TBL, ...u32(0)];
      const mask = change.mask === undefined ? [] : attribute(FRA.mask, u32(change.mask));
      return netlinkMessage(RTM_NEWRULE, FLAGS, [...body, ...attribute(FRA.mark, u32(change.mark)), ...mask, ...rest]);
    }
  }
}

function attribute(type: number, value: readonly number[]): readonly number[] {
  const padding = new Array<number>(aligned(value.length) - value.length).fill(0);
  return [...u16(4 + value.length), ...u16(type), ...value, ...padding];
}

/** The number of a table has one byte in the message; an attribute has a larger one. */
function tableOf(table: number, type: number): { readonly number: number; readonly rest: readonly number[] } {
  return table < 256 ? { number: table, rest: [] } : { number: 0, rest: attribute(type, u32(table)) };
}

function familyOf(family: 4 | 6): number {
  return family === 4 ? AF_INET : AF_INET6;
}
