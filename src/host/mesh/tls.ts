import type { X509Certificate } from "node:crypto";
import type { Log } from "../../common/notice.ts";
import { formatIp, parseIp, unmap } from "../../go/ip.ts";
import { timeText } from "../../mesh/certificate.ts";
import { dnsNames, matchesName } from "../../mesh/matches-name.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { sentServerName, shownName, verifiedName } from "../../mesh/server-name.ts";
import { tlsFailure } from "../../mesh/tls-failure.ts";
import { policyProblem, tlsOffer } from "../../mesh/tls-policy.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { keepClassOf } from "./certificate-class.ts";
import { clientCertificate } from "./client-certificate.ts";
import { insecureSignature } from "./insecure-signature.ts";
import { rootsInUse } from "./root-certificates.ts";

/** The versions by the numbers of the protocol. */
const VERSIONS = { "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 } as const;
/** HTTP/2 in ALPN form: prefixed with its length. */
const H2 = "\x02h2";
/** The runtime reports another name before attache checks it by its own rules. */
const OTHER_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

/** A socket of the runtime, as its handlers get it. */
export type TlsSocket = Bun.Socket<undefined>;

/**
 * Returns what a TLS connection for HTTP/2 is made with, beside the root certificates. Everything that is read from files is read now. After
 * the handshake, `handshakeProblem` has to be asked: nothing is verified before.
 */
export function tlsOptions(tls: TlsPlan, log: Log): Bun.TLSOptions {
  const { minVersion, maxVersion, ...offer } = tlsOffer(tls.policy);
  // The types omit the versions, which are numbers, the curve, and that a trusted certificate need not be self-signed, as for Go.
  const untyped: object = {
    ...offer,
    allowPartialTrustChain: true,
    minVersion: VERSIONS[minVersion],
    ...(maxVersion !== undefined && { maxVersion: VERSIONS[maxVersion] }),
  };
  return {
    ...untyped,
    ...clientCertificate(tls.client, log),
    ALPNProtocols: H2,
    // A name is sent only if it is one: an address is refused by RFC 6066. Without an own value, the runtime would send it.
    serverName: sentServerName(tls.serverName) ?? "",
    rejectUnauthorized: false,
  };
}

/** Returns why a connection must not be used after its handshake: it failed, the certificate is not trusted, another name, no HTTP/2, or a policy. */
export function handshakeProblem(socket: TlsSocket, error: Error | null | undefined, tls: TlsPlan): string | undefined {
  if (error && errorCode(error) !== OTHER_NAME)
    return `${tlsFailure(reasonOf(error), shownName(tls), tls.policy)}${validityText(socket, errorCode(error))}`;
  return peerProblem(socket, tls);
}

/** Returns when the server's certificate expired or will be valid, if that is the error; nothing if the certificate is another one. */
function validityText(socket: TlsSocket, code: string): string {
  if (code !== "CERT_HAS_EXPIRED" && code !== "CERT_NOT_YET_VALID") return "";
  const now = Date.now();
  const certificate = socket.getPeerX509Certificate();
  const from = certificate?.validFromDate.getTime() ?? now;
  const to = certificate?.validToDate.getTime() ?? now;
  const clock = `the clock of this machine is at ${timeText(now)}`;
  if (to < now) return ` (at ${timeText(to)}; ${clock})`;
  return from > now ? ` (before ${timeText(from)}; ${clock})` : "";
}

function peerProblem(socket: TlsSocket, tls: TlsPlan): string | undefined {
  const { serverName, roots, policy } = tls;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return "the server has sent no certificate";
  keepClassOf(certificate);
  if (!isNamed(certificate, verifiedName(serverName)))
    return `the certificate is not valid for ${shownName(tls)}, but for ${certificate.subjectAltName ?? "no name"}`;
  const insecure = insecureSignature(socket, rootsInUse(roots));
  if (insecure !== undefined) return insecure;
  const { name: cipher, version } = socket.getCipher();
  const key = socket.getEphemeralKeyInfo();
  const curve = key !== null && "name" in key ? key.name : undefined;
  if (socket.alpnProtocol !== "h2") return "the server does not offer h2 (ALPN)";
  return policyProblem(policy, { version, cipher, curve });
}

/** Reports whether a certificate is valid for a name or an address. */
function isNamed(certificate: X509Certificate, name: string): boolean {
  const address = parseIp(name);
  if (address === undefined) return dnsNames(certificate.subjectAltName).some((each) => matchesName(each, name));
  // A certificate has no zones.
  return address.zone === undefined && certificate.checkIP(formatIp(unmap(address))) !== undefined;
}
