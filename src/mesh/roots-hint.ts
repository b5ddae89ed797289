import type { CalledServer } from "./called-server.ts";

/** How BoringSSL says that a certificate is not from a known authority. */
const UNKNOWN_AUTHORITY = /self.signed certificate|unable to (?:get|verify)/;

/** The variables that name root certificates before all others. */
const SETTING = { CA: "CA_ROOT_CA", "control-plane": "XDS_ROOT_CA" } as const;

/** Returns which root certificates a server was verified with, for the end of a message, if they do not know its authority; otherwise nothing. */
export function rootsHint({ server, endpoint: { tls } }: CalledServer, message: string): string {
  if (tls === undefined || !UNKNOWN_AUTHORITY.test(message)) return "";
  const { roots } = tls;
  const where = roots.kind === "system" ? "the system's root certificates" : `the root certificates of "${roots.path}"`;
  return ` (verified with ${where}, none of which has signed the certificate: set ${SETTING[server]})`;
}
