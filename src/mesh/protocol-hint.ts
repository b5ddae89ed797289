import type { Endpoint } from "./mesh-plan.ts";

/** A dial that failed after the connection was made, as it fails at a server that expects TLS. */
const CLOSED_AT_ONCE = /: dial tcp \S+: (?:EOF|connection reset by peer)"$/;

/** BoringSSL's name of a first record that is not one of TLS. */
const NO_TLS = /WRONG_VERSION_NUMBER/;

/** Returns what decides whether TLS is used, for the end of a message, if a server probably expects the opposite; otherwise nothing. */
export function protocolHint({ tls }: Pick<Endpoint, "tls">, message: string): string {
  if (tls !== undefined)
    return NO_TLS.test(message)
      ? " (check the port; plain text is used for a CA on port 15010, and for a control plane with controlPlaneAuthPolicy NONE)"
      : "";
  return CLOSED_AT_ONCE.test(message)
    ? " (the server may expect TLS; this is plain text because of controlPlaneAuthPolicy NONE, or port 15010 of a CA)"
    : "";
}
