import type { Pointer } from "bun:ffi";
import { formatIp } from "../../go/ip.ts";
import type { InterfaceAddress } from "../../inputs/inputs.ts";
import { ffi } from "../linux/ffi.ts";
import { startLibc } from "../linux/start-libc.ts";

/**
 * Returns the addresses of all interfaces that are up, in kernel order: by interface index, IPv4 before IPv6 (contract 1.6 §4.1, 1.30
 * §4.1).
 */
export function readInterfaces(): readonly InterfaceAddress[] {
  return fromLibc() ?? fromRuntime();
}

const IFF_UP = 1;
const IFF_LOOPBACK = 8;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;

/** Offsets in bytes: of the members of a `struct ifaddrs`, and of what a `struct sockaddr` of each family holds. */
const IFADDRS = { next: 0, name: 8, flags: 16, address: 24 } as const;
const SOCKADDR = { family: 0, linkIndex: 4, ipv4: 4, ipv6: 8 } as const;

/** Returns the addresses of all interfaces in the order of the kernel's list: all of IPv4, then all of IPv6. */
export function kernelAddresses(): readonly string[] {
  const found = listed(false) ?? fromRuntime();
  // Both lists of a family are in order; the runtime's have the families mixed.
  return [false, true].flatMap((isV6) => found.map(({ address }) => address).filter((address) => address.includes(":") === isV6));
}

function fromLibc(): readonly InterfaceAddress[] | undefined {
  return listed(true)
    ?.sort((a, b) => a.index - b.index)
    .map(({ name, address, loopback }) => ({ name, address, loopback }));
}

/** Returns undefined when the C library is not available or fails. `isUp`: only the addresses of interfaces that are up. */
function listed(isUp: boolean): (InterfaceAddress & { readonly index: number })[] | undefined {
  const list = new BigUint64Array(1);
  if (ffi === undefined || startLibc?.getifaddrs(list) !== 0) return undefined;
  const { CString, read } = ffi;
  const first = pointer(Number(list[0]));
  // Each interface has an entry of family AF_PACKET before those of its addresses.
  const indexes = new Map<string, number>();
  const found: (InterfaceAddress & { readonly index: number })[] = [];
  for (let entry = first; entry !== null; entry = pointer(read.ptr(entry, IFADDRS.next))) {
    const socket = pointer(read.ptr(entry, IFADDRS.address));
    const flags = read.u32(entry, IFADDRS.flags);
    const name = pointer(read.ptr(entry, IFADDRS.name));
    if (socket === null || name === null || (isUp && (flags & IFF_UP) === 0)) continue;
    const device = deviceOf(String(new CString(name)));
    const family = read.u16(socket, SOCKADDR.family);
    if (family === AF_PACKET) indexes.set(device, read.u32(socket, SOCKADDR.linkIndex));
    if (family !== AF_INET && family !== AF_INET6) continue;
    const address = family === AF_INET ? ipAt(socket, SOCKADDR.ipv4, 4) : ipAt(socket, SOCKADDR.ipv6, 6);
    found.push({ name: device, address, loopback: (flags & IFF_LOOPBACK) !== 0, index: indexes.get(device) ?? 0 });
  }
  startLibc.freeifaddrs(first);
  return found;
}

/** Returns a memory address as the FFI takes it; null for 0. */
function pointer(address: number): Pointer | null {
  // The type is a brand for addresses, which only the library creates.
  return address === 0 ? null : (address as Pointer);
}

/** Removes the label that an address may have: `eth0:1`. */
function deviceOf(label: string): string {
  const colon = label.indexOf(":");
  return colon < 0 ? label : label.slice(0, colon);
}

function ipAt(socket: Pointer, offset: number, family: 4 | 6): string {
  const bytes: number[] = [];
  for (let at = 0; at < (family === 4 ? 4 : 16); at++) bytes.push(ffi?.read.u8(socket, offset + at) ?? 0);
  return formatIp({ family, bytes });
}

/** Returns the runtime's list, which lacks the kernel's order and interfaces without a carrier. */
function fromRuntime(): readonly InterfaceAddress[] {
  const { networkInterfaces }: typeof import("node:os") = require("node:os");
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, internal }) => ({ name: deviceOf(name), address: address.split("%")[0] ?? address, loopback: internal })),
  );
}
