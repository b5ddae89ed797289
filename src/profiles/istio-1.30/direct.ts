import type { SocketAddress } from "../../bootstrap/address.ts";
import type { Notice } from "../../common/notice.ts";
import { withoutDot } from "../../go/host-port.ts";
import { parseIp } from "../../go/ip.ts";
import type { JsonObject } from "../../go/json-value.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { verifiedName } from "../../mesh/server-name.ts";
import { tlsOffer } from "../../mesh/tls-policy.ts";
import type { Start } from "./contract.ts";
import { headersOfXds } from "./mesh.ts";
import { discoveryEndpoint } from "./mesh-endpoints.ts";
import { resolvesNames } from "./status.ts";
import { sdsConfig, workloadSecret } from "./tls.ts";
import { areIstiods, isFilesOnly, usesMesh } from "./trust.ts";

// What is different with --xds direct, and loaded only then.

/** Envoy's own connection to the control plane. */
export interface Direct {
  readonly address: SocketAddress;
  /** Whether the address is a name, which Envoy has to look up. */
  readonly isName: boolean;
  readonly transportSocket?: JsonObject;
  readonly keepalive: { readonly interval: string; readonly timeout: string };
  /** The headers of the stream. */
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

/** Returns Envoy's connection to the control plane, by the rules of the agent's (contract 1.30 §13c). @throws ConfigError */
export function directOf(start: Start): Direct {
  const { host, port, tls, keepalive } = discoveryEndpoint(start);
  const { headers } = headersOfXds(start);
  return {
    address: { address: host, port_value: port },
    isName: parseIp(host) === undefined,
    ...(tls && { transportSocket: transportSocketOf(tls) }),
    keepalive: { interval: `${keepalive.interval / 1_000}s`, timeout: `${keepalive.timeout / 1_000}s` },
    metadata: headers.map(([key, value]) => ({ key, value })),
  };
}

/** The workload's own certificate is the client's, unless there are files; it identifies the proxy, so no token is sent. */
function transportSocketOf({ serverName, roots, client, policy }: TlsPlan): JsonObject {
  // Envoy compares the whole text.
  const name = withoutDot(verifiedName(serverName));
  const isAddress = parseIp(name) !== undefined;
  const names = { match_typed_subject_alt_names: [{ san_type: isAddress ? "IP_ADDRESS" : "DNS", matcher: { exact: name } }] };
  const file = (filename: string) => ({ filename });
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      common_tls_context: {
        alpn_protocols: ["h2"],
        tls_params: parametersOf(policy),
        ...(client === undefined
          ? { tls_certificate_sds_secret_configs: [workloadSecret("default")] }
          : { tls_certificates: [{ certificate_chain: file(client.chain), private_key: file(client.key) }] }),
        ...(roots.kind === "file" && !areIstiods(roots)
          ? { validation_context: { trusted_ca: file(roots.path), ...names } }
          : {
              combined_validation_context: {
                default_validation_context: names,
                validation_context_sds_secret_config: roots.kind === "system" ? sdsConfig("file-root:system") : workloadSecret("ROOTCA"),
              },
            }),
      },
      ...(isAddress ? {} : { sni: name }),
    },
  };
}

/**
 * Returns the versions, ciphers and curves that a policy allows (contract 1.30 §13b, 1.31 §5). Envoy's ciphers of TLS 1.3 cannot be chosen:
 * with `pqc` it would accept ChaCha20 from a control plane that does not follow the policy.
 */
function parametersOf(policy: TlsPlan["policy"]): JsonObject {
  const { minVersion, maxVersion = "TLSv1.3", ciphers, ecdhCurve } = tlsOffer(policy);
  return {
    tls_minimum_protocol_version: minVersion.replace(".", "_"),
    tls_maximum_protocol_version: maxVersion.replace(".", "_"),
    ...(ciphers !== undefined && { cipher_suites: ciphers.split(":") }),
    ...(ecdhCurve !== undefined && { ecdh_curves: ecdhCurve.split(":") }),
  };
}

/** Returns what is missing without the agent between Envoy and the control plane; a warning if a setting asks for it. */
export function directNotices(start: Start): readonly Notice[] {
  const { settings, config } = start;
  const names = resolvesNames(settings) ? ["the table of DNS names (ISTIO_META_DNS_CAPTURE, ISTIO_META_ENABLE_DNS_SERVER)"] : [];
  const ofAgent = [
    ...(config.readinessProbe === undefined ? [] : ["health reports (readinessProbe in the ProxyConfig)"]),
    ...(settings.variables.PROXY_CONFIG_XDS_AGENT ? ["trust bundles (PROXY_CONFIG_XDS_AGENT)"] : []),
  ];
  const wanted = [...names, ...ofAgent];
  const general =
    "Envoy connects to the control plane itself (--xds direct): there is no table of DNS names, no loading of remote Wasm modules, no health reports and no trust bundles";
  const others = withoutCertificates(start);
  if (wanted.length === 0) return [{ level: "info", text: general }, ...others];
  // The agent does not resolve names either (meshNotices).
  const remedy =
    ofAgent.length > 0
      ? "; --xds agent (ATTACHE_XDS) has health reports and trust bundles"
      : "; attache does not resolve them with --xds agent either";
  return [{ level: "warn", text: `${general}; the settings ask for ${wanted.join(", ")}${remedy}` }, ...others];
}

/** Returns a warning if neither the agent nor another process serves certificates, which the control plane's configuration usually names. */
function withoutCertificates(start: Start): readonly Notice[] {
  const cause = start.settings.invocation.switches.exec ? "--exec" : "controlPlaneAuthPolicy NONE";
  if ((cause !== "--exec" && usesMesh(start)) || isFilesOnly(start)) return [];
  const text = `Nothing serves certificates to Envoy (--xds direct with ${cause}): it waits for ever, and is not ready, if the control plane configures mutual TLS`;
  return [{ level: "warn", text }];
}
