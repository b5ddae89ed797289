import type { TlsPolicy } from "./mesh-plan.ts";

/** How BoringSSL words an error of its own, with the name of its reason at the end. */
const LIBRARY_ERROR = /^error:[0-9a-f]+:.*:([A-Z0-9_]+)$/;

const NO_CLIENT_CERTIFICATE = "the server does not accept the client certificate";
const NO_CIPHER = "the server accepts none of the offered ciphers and curves, or requires a client certificate";
const NO_CURVE = "the key of the server's certificate is of a curve that is not offered";
const NO_VERSION = "the server does not accept the offered versions of TLS";

/** What a compliance policy may be the cause of. */
const OF_POLICY: readonly string[] = [NO_CIPHER, NO_CURVE, NO_VERSION];

/** The usual causes of BoringSSL's reasons. An alert is what the server says. */
const CAUSES: Readonly<Record<string, string>> = {
  WRONG_VERSION_NUMBER: "the server does not speak TLS",
  UNSUPPORTED_PROTOCOL: NO_VERSION,
  TLSV1_ALERT_PROTOCOL_VERSION: NO_VERSION,
  SSLV3_ALERT_HANDSHAKE_FAILURE: NO_CIPHER,
  TLSV1_ALERT_INSUFFICIENT_SECURITY: NO_CIPHER,
  TLSV1_ALERT_CERTIFICATE_REQUIRED: "the server requires a client certificate",
  TLSV1_ALERT_UNKNOWN_CA: "the server does not know the authority of the client certificate",
  SSLV3_ALERT_BAD_CERTIFICATE: NO_CLIENT_CERTIFICATE,
  SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: NO_CLIENT_CERTIFICATE,
  SSLV3_ALERT_CERTIFICATE_UNKNOWN: NO_CLIENT_CERTIFICATE,
  SSLV3_ALERT_CERTIFICATE_REVOKED: "the client certificate was revoked",
  SSLV3_ALERT_CERTIFICATE_EXPIRED: "the client certificate has expired",
  TLSV1_ALERT_ACCESS_DENIED: "the server denies access",
  TLSV1_ALERT_INTERNAL_ERROR: "the server reports an internal error",
  TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "the server does not offer h2 (ALPN)",
  BAD_ECC_CERT: NO_CURVE,
  KEY_USAGE_BIT_INCORRECT: "the key usage of the server's certificate lacks digitalSignature",
};

/** Returns the reason for a failure of TLS in plain words, before BoringSSL's name of it; other reasons as they are. `name`: of the server. */
export function tlsFailure(reason: string, name: string, policy: TlsPolicy): string {
  const code = LIBRARY_ERROR.exec(reason)?.[1];
  if (code === undefined) return reason;
  const cause = code === "TLSV1_ALERT_UNRECOGNIZED_NAME" ? `the server does not know the name ${name}` : CAUSES[code];
  if (cause === undefined) return reason;
  const isOfPolicy = policy !== "" && OF_POLICY.includes(cause);
  return `${cause}${isOfPolicy ? `; COMPLIANCE_POLICY=${policy} limits what is offered` : ""} (${code})`;
}
