import type { CalledServer } from "./called-server.ts";

/** A dial that failed after the connection was made, as it fails at a server that expects TLS. */
const CLOSED_AT_ONCE = /: dial tcp \S+: (?:EOF|connection reset by peer)"$/;

/** BoringSSL's name of a first record that is not one of TLS. */
const NO_TLS = /WRONG_VERSION_NUMBER/;

/** A server with TLS that does not agree on HTTP/2. */
const NO_HTTP2 = /the server does not offer h2/;

const TO_PLAIN = {
  CA: " (check the port: plain text is used for a CA only on port 15010)",
  "control-plane": " (check the port, or set controlPlaneAuthPolicy NONE for plain text)",
} as const;
const TO_TLS = {
  CA: " (the server may expect TLS, which is not used for a CA on port 15010)",
  "control-plane": " (the server may expect TLS: remove controlPlaneAuthPolicy NONE)",
} as const;

/** Returns what to change, for the end of a message, if a server probably speaks another protocol than the agent; otherwise nothing. */
export function protocolHint({ server, endpoint: { tls } }: CalledServer, message: string): string {
  if (tls === undefined) return CLOSED_AT_ONCE.test(message) ? TO_TLS[server] : "";
  if (NO_TLS.test(message)) return TO_PLAIN[server];
  return NO_HTTP2.test(message) ? " (this is no gRPC server: check the port)" : "";
}
