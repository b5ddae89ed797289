// Plain lists and loops: the first typed array or regular expression of a process costs more than parsing all addresses of a start.

/** An IP address as in Go's `netip.Addr`; only IPv6 addresses have a zone, which is never empty. */
export interface Ip {
  readonly family: 4 | 6;
  /** 4 or 16 bytes in network order. */
  readonly bytes: readonly number[];
  readonly zone?: string;
}

/** Parses an address: Go's `netip.ParseAddr`; undefined if it is invalid. */
export function parseIp(text: string): Ip | undefined {
  if (!text.includes(":")) {
    const octets = octetsOf(text);
    return octets && { family: 4, bytes: octets };
  }
  const percent = text.indexOf("%");
  const bytes = groupsOf(percent < 0 ? text : text.slice(0, percent));
  if (bytes === undefined || percent === text.length - 1) return undefined;
  const address = { family: 6, bytes } as const;
  return percent < 0 ? address : { ...address, zone: text.slice(percent + 1) };
}

/** Returns whether the address is IPv4-mapped IPv6, ::ffff:0:0/96: `Addr.Is4In6`. */
export function isMapped(ip: Ip): boolean {
  return ip.family === 6 && isZero(ip.bytes, 10) && ip.bytes[10] === 255 && ip.bytes[11] === 255;
}

/** Returns the IPv4 address of an IPv4-mapped one, without its zone; any other address unchanged: `Addr.Unmap`. */
export function unmap(ip: Ip): Ip {
  return isMapped(ip) ? { family: 4, bytes: ip.bytes.slice(12) } : ip;
}

/** Formats an address canonically (RFC 5952), with "%zone" if it has one: `Addr.String`. */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) return ip.bytes.join(".");
  const address = isMapped(ip) ? `::ffff:${ip.bytes.slice(12).join(".")}` : formatGroups(ip.bytes);
  return ip.zone === undefined ? address : `${address}%${ip.zone}`;
}

/** Returns whether the address is in 127.0.0.0/8, mapped or not, or is ::1: `Addr.IsLoopback`. */
export function isLoopback(ip: Ip): boolean {
  const { family, bytes } = unmap(ip);
  return family === 4 ? bytes[0] === 127 : isZero(bytes, 15) && bytes[15] === 1;
}

/** Returns whether the address is 0.0.0.0 or ::, but not ::ffff:0.0.0.0 or :: with a zone: `Addr.IsUnspecified`. */
export function isUnspecified(ip: Ip): boolean {
  return ip.zone === undefined && isZero(ip.bytes, ip.bytes.length);
}

/** Returns whether the address is in 169.254.0.0/16, mapped or not, or fe80::/10: `Addr.IsLinkLocalUnicast`. */
export function isLinkLocalUnicast(ip: Ip): boolean {
  const { family, bytes } = unmap(ip);
  const [first = 0, second = 0] = bytes;
  return family === 4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80;
}

/** Returns whether the address is in 224.0.0.0/24, mapped or not, or IPv6 link-local multicast: `Addr.IsLinkLocalMulticast`. */
export function isLinkLocalMulticast(ip: Ip): boolean {
  const { family, bytes } = unmap(ip);
  const [first = 0, second = 0, third = 0] = bytes;
  return family === 4 ? first === 224 && second === 0 && third === 0 : first === 0xff && (second & 0x0f) === 0x02;
}

/** Returns whether the first `count` bytes are zero. */
function isZero(bytes: readonly number[], count: number): boolean {
  for (let at = 0; at < count; at++) if (bytes[at] !== 0) return false;
  return true;
}

function octetsOf(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const octets: number[] = [];
  for (const part of parts) {
    const octet = part.startsWith("0") && part !== "0" ? undefined : parseDigits(part, 10, 3);
    if (octet === undefined || octet > 255) return undefined;
    octets.push(octet);
  }
  return octets;
}

/** Parses 1 to `most` digits. */
function parseDigits(digits: string, base: 10 | 16, maxDigits: number): number | undefined {
  if (digits === "" || digits.length > maxDigits) return undefined;
  let value = 0;
  for (const character of digits) {
    const digit = Number.parseInt(character, base);
    if (Number.isNaN(digit)) return undefined;
    value = value * base + digit;
  }
  return value;
}

const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

function groupsOf(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  const [head = "", tail] = halves;
  if (halves.length > 2) return undefined;
  const before = head === "" && tail !== undefined ? [] : groupBytes(head, tail === undefined);
  if (tail === undefined) return before?.length === 16 ? before : undefined;
  const after = tail === "" ? [] : groupBytes(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 16 - before.length - after.length;
  return missing < 2 ? undefined : [...before, ...ZEROS.slice(0, missing), ...after];
}

/** Returns the bytes of groups separated by colons; the last group may be a dotted quad, but only at the end of the address. */
function groupBytes(text: string, isEnd: boolean): readonly number[] | undefined {
  const bytes: number[] = [];
  const groups = text.split(":");
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] ?? "";
    const value = parseDigits(group, 16, 4);
    if (value !== undefined) {
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const octets = isEnd && index === groups.length - 1 ? octetsOf(group) : undefined;
    if (octets === undefined) return undefined;
    bytes.push(...octets);
  }
  return bytes;
}

function formatGroups(bytes: readonly number[]): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  let start = 8;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (start === 8) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
