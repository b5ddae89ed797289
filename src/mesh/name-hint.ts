import type { CalledServer } from "./called-server.ts";

/** A certificate for names or addresses, not only for an identity, none of which is the one that is expected. */
const OTHER_NAME = /: the certificate is not valid for .*, but for .*(?:DNS|IP Address):/;

const REMEDY = {
  CA: "set CA_ADDR to a name that it is for, or without CA_ADDR set ISTIOD_SAN",
  "control-plane": "set ISTIOD_SAN to a name that it is for",
} as const;

/** Returns how another name is expected of a server's certificate, for the end of a message; nothing for another failure. */
export function nameHint({ server, endpoint: { host, tls } }: CalledServer, message: string): string {
  if (tls === undefined || !OTHER_NAME.test(message)) return "";
  if (tls.nameOrigin !== undefined) return ` (set ${tls.nameOrigin} to a name that it is for)`;
  const isForwarded = host.includes("localhost") && !tls.serverName.includes("localhost");
  const expected = isForwarded ? "istiod's name is expected at localhost; " : "";
  return ` (${expected}${REMEDY[server]})`;
}
