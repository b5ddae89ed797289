import { formatIp, isLinkLocalUnicast, isLoopback, parseIp } from "../go/ip.ts";

// What /proc shows of a network namespace without entering it. It has no list of IPv4 addresses by interface: the addresses come from the
// routing trie, their interfaces from the routes.

/** The texts of /proc/PID/net/dev, fib_trie, route, igmp and if_inet6. The last is empty without IPv6. */
export interface InterfaceTables {
  readonly devices: string;
  readonly trie: string;
  readonly routes: string;
  readonly igmp: string;
  readonly inet6: string;
}

/** An address of an interface. */
export interface FoundAddress {
  readonly name: string;
  readonly address: string;
  readonly loopback: boolean;
}

/** The addresses in the kernel's order as far as the tables have it, and what they leave open. */
export interface FoundAddresses {
  readonly addresses: readonly FoundAddress[];
  /** Addresses whose interface is not known. */
  readonly unplaced: readonly string[];
  /** Interfaces with several addresses of a family, whose order is not known. */
  readonly unordered: readonly string[];
}

interface Indexed extends FoundAddress {
  readonly index: number;
}

/** Returns the addresses of a network namespace: by interface, IPv4 before IPv6. */
export function addressesIn(tables: InterfaceTables): FoundAddresses {
  const up = devicesIn(tables);
  const isAllUp = namesIn(tables.devices).every((name) => up.has(name));
  const others = [...up.keys()].filter((name) => name !== "lo");
  // An address without a network may be that of an interface that is down.
  const only = isAllUp && others.length === 1 ? others[0] : undefined;
  const placed = localAddresses(tables.trie).map((address) => ({ address, name: deviceFor(address, tables.routes) ?? only }));
  const v4 = placed
    .filter(({ name }) => (name === undefined ? isAllUp : up.has(name)))
    .map(({ address, name = "" }): Indexed => ({ name, address, loopback: name === "lo", index: up.get(name) ?? Number.MAX_VALUE }));
  const v6 = inet6Rows(tables.inet6).map(({ name, address, index }): Indexed => ({ name, address, loopback: name === "lo", index }));
  const addresses = [...v4, ...v6].sort((a, b) => a.index - b.index);
  return {
    addresses: addresses.map(({ name, address, loopback }) => ({ name, address, loopback })),
    unplaced: placed.flatMap(({ name, address }) => (name === undefined ? [address] : [])),
    unordered: [...new Set([...repeated(v4), ...repeated(v6)])],
  };
}

/** Returns the names of all interfaces. */
function namesIn(devices: string): readonly string[] {
  return [...devices.matchAll(/^\s*([^\s:|]+):/gm)].map(([, name = ""]) => name);
}

/** Returns the interfaces that are up, with their indexes. */
function devicesIn({ igmp, inet6 }: InterfaceTables): ReadonlyMap<string, number> {
  const rows = igmp.matchAll(/^(\d+)\t(\S+)\s*:/gm);
  return new Map([
    ...[...rows].map(([, index, name = ""]) => [name, Number(index)] as const),
    ...inet6Rows(inet6).map(({ name, index }) => [name, index] as const),
  ]);
}

/** Returns the addresses that the trie of routes names as local. A part of the trie may be shown twice. */
function localAddresses(trie: string): readonly string[] {
  const found = trie.matchAll(/\|-- (\S+)\n(?:[ ]+\/\d+ .*\n)*?[ ]+\/32 host LOCAL/g);
  return [...new Set([...found].map(([, address = ""]) => address))];
}

/** Returns the interface whose network an address is in. */
function deviceFor(address: string, routes: string): string | undefined {
  const ip = parseIp(address);
  if (ip === undefined || isLoopback(ip)) return "lo";
  const number = numberOf(ip.bytes);
  const [best] = networksIn(routes)
    .filter(({ destination, mask }) => mask !== 0 && (number & mask) >>> 0 === destination)
    .sort((a, b) => b.mask - a.mask);
  return best?.name;
}

/** Returns the networks in a table of routes, whose numbers are little-endian. */
function networksIn(routes: string): readonly { readonly name: string; readonly destination: number; readonly mask: number }[] {
  return routes
    .split("\n")
    .slice(1)
    .flatMap((row) => {
      const cells = row.split("\t");
      const [name = "", destination = "", gateway = ""] = cells;
      // Only a network without a gateway has addresses of the interface.
      return Number.parseInt(gateway, 16) === 0 ? [{ name, destination: swapped(destination), mask: swapped(cells[7] ?? "") }] : [];
    });
}

function swapped(hex: string): number {
  return numberOf((hex.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)));
}

function numberOf(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function inet6Rows(table: string): readonly { readonly name: string; readonly address: string; readonly index: number }[] {
  return table.split("\n").flatMap((row) => {
    const [hex = "", index = "", , , , name] = row.trim().split(/\s+/);
    if (name === undefined || hex.length !== 32) return [];
    const bytes = (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return [{ name, address: formatIp({ family: 6, bytes }), index: Number.parseInt(index, 16) }];
  });
}

/** Returns the interfaces of which there is more than one address that a proxy may use. */
function repeated(addresses: readonly FoundAddress[]): readonly string[] {
  const usable = addresses.filter(({ address, loopback }) => {
    const ip = parseIp(address);
    return !loopback && ip !== undefined && !isLinkLocalUnicast(ip);
  });
  return usable.map(({ name }) => name).filter((name, at, all) => name !== "" && all.indexOf(name) !== at);
}
