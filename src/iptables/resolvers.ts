import { formatIp, parseIp } from "../go/ip.ts";
import type { Resolvers } from "./capture-config.ts";

/** Returns the resolvers of a resolv.conf; an IPv4-mapped address counts as IPv6. */
export function resolversIn(text: string): Resolvers {
  const found = text.split("\n").flatMap((line) => {
    const [keyword, value = ""] = line.trim().split(/\s+/);
    const address = keyword === "nameserver" ? parseIp(value) : undefined;
    return address === undefined ? [] : [address];
  });
  const ofFamily = (family: 4 | 6) => found.filter((address) => address.family === family).map(formatIp);
  return { v4: ofFamily(4), v6: ofFamily(6) };
}
