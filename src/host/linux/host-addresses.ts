import { parseIp } from "../../go/ip.ts";
import { nodeFs } from "../files/libc-files.ts";

/** What resolves without DNS, also where no file of host names says so. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;
const HOSTS = "/etc/hosts";

/**
 * Returns the addresses of a host, in the order to try them: at once if it is an address or `localhost`. The system is asked each time: the
 * runtime remembers what it resolves for half a minute, and would connect to a server that has moved for as long.
 * @throws Error of the system, whose `syscall` is `getaddrinfo`
 */
export function hostAddresses(host: string): readonly string[] | Promise<readonly string[]> {
  if (parseIp(host) !== undefined) return [host];
  if (/^localhost\.?$/i.test(host)) return LOOPBACK;
  return resolve(host);
}

async function resolve(host: string): Promise<readonly string[]> {
  const name = host.endsWith(".") && isInHosts(host.slice(0, -1)) ? host.slice(0, -1) : host;
  // The default would not use the system's resolver, which knows its files and search domains.
  const found = await Bun.dns.lookup(name, { backend: "libc" });
  return [...new Set(found.map(({ address }) => address))];
}

/** Reports whether the file of host names has a name: the C library does not find it there with a dot at its end, as Go does. */
function isInHosts(name: string): boolean {
  try {
    const lines = nodeFs().readFileSync(HOSTS, "latin1").toLowerCase().split("\n");
    return lines.some((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1).includes(name.toLowerCase()));
  } catch {
    return false;
  }
}
