import { X509Certificate } from "node:crypto";
import { connect, type SecureContextOptions, type TLSSocket } from "node:tls";
import type { Log } from "../../common/notice.ts";
import { formatIp, parseIp, unmap } from "../../go/ip.ts";
import type { Endpoint, TlsPlan } from "../../mesh/mesh-plan.ts";
import { policyProblem, sentServerName, tlsOffer } from "../../mesh/tls-policy.ts";
import { nodeFs } from "../files/libc-files.ts";
import { reasonOf } from "../files/read-file.ts";
import { SYSTEM_BUNDLES } from "./system-bundles.ts";

/**
 * Starts a TLS connection for HTTP/2. Everything that is read from files is read now. Emits `secureConnect` or `error`; what was
 * agreed on has to be checked by `peerProblem`.
 * @throws Error when a file cannot be used
 */
export function connectTls({ host, port }: Pick<Endpoint, "host" | "port">, tls: TlsPlan, log: Log): TLSSocket {
  const servername = sentServerName(tls.serverName);
  return connect({
    host,
    port,
    ...tlsOffer(tls.policy),
    ca: rootsOf(tls),
    ...clientCertificate(tls, log),
    ALPNProtocols: ["h2"],
    // A name is sent only if it is one: an address is refused by the runtime (and by RFC 6066).
    servername: servername ?? "",
    // The runtime falls back to the common name; `peerProblem` checks the name.
    checkServerIdentity: () => undefined,
  });
}

/** Returns why a connection must not be used after its handshake: another name, no HTTP/2, or a policy. */
export function peerProblem(socket: TLSSocket, { serverName, policy }: TlsPlan): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return "the server has sent no certificate";
  if (!isNamed(certificate, serverName.replace(/\.$/, "")))
    return `the certificate is not valid for ${serverName}, but for ${certificate.subjectAltName ?? "no name"}`;
  const { name: cipher, version } = socket.getCipher();
  const key = socket.getEphemeralKeyInfo();
  const curve = key !== null && "name" in key ? key.name : undefined;
  if (socket.alpnProtocol !== "h2") return "the server does not offer h2 (ALPN)";
  return policyProblem(policy, { version, cipher, curve });
}

/** Reports whether a certificate is valid for a name or an address; none is for a text that is neither, as that of a zone. */
function isNamed(certificate: X509Certificate, name: string): boolean {
  const address = parseIp(name);
  try {
    return address === undefined
      ? certificate.checkHost(name, { subject: "never", partialWildcards: false }) !== undefined
      : certificate.checkIP(formatIp(unmap(address))) !== undefined;
  } catch {
    return false; // The runtime refuses an empty name, and one with a NUL.
  }
}

/** Returns the certificates that the server is verified with. */
function rootsOf({ roots }: TlsPlan): string {
  const path = roots.kind === "file" ? roots.path : SYSTEM_BUNDLES.find((each) => nodeFs().existsSync(each));
  if (path === undefined) throw new Error("the operating system has no file of root certificates");
  const text = read(path);
  if (!/-----BEGIN CERTIFICATE-----/.test(text)) throw new Error(`"${path}" contains no certificate`);
  return text;
}

/** Returns the client certificate; none, with a warning, if it is unreadable or has expired: the token is used then (contract 1.30 §13b). */
function clientCertificate({ client }: TlsPlan, log: Log): Pick<SecureContextOptions, "cert" | "key"> {
  if (client === undefined) return {};
  const problem = chainProblem(client.chain);
  if (problem === undefined) return { cert: read(client.chain), key: read(client.key) };
  log("warn", `Cannot use client certificate "${client.chain}", using the token instead: ${problem}`);
  return {};
}

function chainProblem(path: string): string | undefined {
  try {
    return new X509Certificate(nodeFs().readFileSync(path)).validToDate.getTime() < Date.now() ? "it has expired" : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function read(path: string): string {
  try {
    return nodeFs().readFileSync(path, "latin1");
  } catch (error) {
    throw new Error(`cannot read "${path}": ${reasonOf(error)}`, { cause: error });
  }
}
