import { atoi } from "./number.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

const LARGEST = 65_535;

/** The services whose ports Go knows without a file of them (net.services, TCP). */
const SERVICES: ReadonlyMap<string, number> = new Map([
  ["domain", 53],
  ["ftp", 21],
  ["ftps", 990],
  ["gopher", 70],
  ["http", 80],
  ["https", 443],
  ["imap2", 143],
  ["imap3", 220],
  ["imaps", 993],
  ["pop3", 110],
  ["pop3s", 995],
  ["smtp", 25],
  ["submissions", 465],
  ["ssh", 22],
  ["telnet", 23],
]);

/** Returns the TCP port to connect to by its number or the name of its service: Go's `net.LookupPort`; 0 is no port here. */
export function servicePort(text: string): Parsed<number> {
  const number = atoi(text);
  const port = number.ok ? number.value : SERVICES.get(text.toLowerCase());
  return port !== undefined && port > 0 && port <= LARGEST ? ok(port) : bad(`port "${text}" is not a number from 1 to ${LARGEST}`);
}
