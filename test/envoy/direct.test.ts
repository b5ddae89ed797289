import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { selfSigned } from "../support/self-signed.ts";
import { SOURCE } from "../support/subject.ts";
import { ENVOY, render, runToEnd, type Setting, workDirectory, write } from "./support.ts";

// Bootstraps of --xds direct: what they contain, and that a real Envoy accepts them.

const directory = workDirectory();
const { key, cert } = selfSigned("root");
const place = (path: string, text: string) => write(join(directory, path), text);
for (const path of ["var/run/secrets/istio/root-cert.pem", "own.pem", "prov/root-cert.pem", "prov/cert-chain.pem"]) place(path, cert);
place("prov/key.pem", key);

const TLS = { controlPlaneAuthPolicy: "MUTUAL_TLS" };
const ISTIOD = { ...TLS, discoveryAddress: "istiod.istio-system.svc.:15012" };

interface Cluster {
  readonly name: string;
  readonly type: string;
  readonly transport_socket?: { readonly typed_config: Readonly<Record<string, object>> };
  readonly load_assignment: object;
}

const sds = (name: string) => ({ name, sds_config: expect.objectContaining({ api_config_source: expect.any(Object) }) });
const san = (exact: string, san_type = "DNS") => ({ match_typed_subject_alt_names: [{ san_type, matcher: { exact } }] });
const file = (filename: string) => ({ filename });

test.each<[string, Setting, string, object | undefined]>([
  ["plain text, a name", { proxyConfig: { discoveryAddress: "istiod:15010" } }, "STRICT_DNS", undefined],
  ["plain text, an IPv6 address", { proxyConfig: { discoveryAddress: "[fd00::1]:15010" } }, "STATIC", undefined],
  [
    "TLS by the workload's certificate",
    { proxyConfig: ISTIOD },
    "STRICT_DNS",
    {
      sni: "istiod.istio-system.svc",
      common_tls_context: expect.objectContaining({
        tls_certificate_sds_secret_configs: [sds("default")],
        combined_validation_context: {
          default_validation_context: san("istiod.istio-system.svc"),
          validation_context_sds_secret_config: sds("ROOTCA"),
        },
      }),
    },
  ],
  [
    "TLS to an address",
    { proxyConfig: { ...TLS, discoveryAddress: "10.0.0.1:15012" }, environment: { XDS_ROOT_CA: "own.pem" } },
    "STATIC",
    {
      common_tls_context: expect.objectContaining({
        tls_certificate_sds_secret_configs: [sds("default")],
        validation_context: { trusted_ca: file("own.pem"), ...san("10.0.0.1", "IP_ADDRESS") },
      }),
    },
  ],
  [
    "TLS by a provisioned certificate",
    { proxyConfig: ISTIOD, environment: { PROV_CERT: "prov", ISTIOD_SAN: "own.name" } },
    "STRICT_DNS",
    {
      sni: "own.name",
      common_tls_context: expect.objectContaining({
        tls_certificates: [{ certificate_chain: file("prov/cert-chain.pem"), private_key: file("prov/key.pem") }],
        validation_context: { trusted_ca: file("prov/root-cert.pem"), ...san("own.name") },
      }),
    },
  ],
  [
    "TLS with the system's roots",
    { proxyConfig: ISTIOD, environment: { XDS_ROOT_CA: "SYSTEM" } },
    "STRICT_DNS",
    {
      sni: "istiod.istio-system.svc",
      common_tls_context: expect.objectContaining({
        combined_validation_context: expect.objectContaining({ validation_context_sds_secret_config: sds("file-root:system") }),
      }),
    },
  ],
  [
    "TLS by the policy fips-140-2",
    { proxyConfig: ISTIOD, environment: { COMPLIANCE_POLICY: "fips-140-2" } },
    "STRICT_DNS",
    {
      sni: "istiod.istio-system.svc",
      common_tls_context: expect.objectContaining({
        tls_params: expect.objectContaining({ tls_maximum_protocol_version: "TLSv1_2", ecdh_curves: ["P-256"] }),
      }),
    },
  ],
  [
    "TLS by the policy fips-140-3",
    { proxyConfig: ISTIOD, environment: { COMPLIANCE_POLICY: "fips-140-3", ISTIO_META_ISTIO_VERSION: "1.31.0" } },
    "STRICT_DNS",
    {
      sni: "istiod.istio-system.svc",
      common_tls_context: expect.objectContaining({
        tls_params: expect.objectContaining({
          tls_minimum_protocol_version: "TLSv1_2",
          tls_maximum_protocol_version: "TLSv1_3",
          ecdh_curves: ["P-256", "P-384"],
        }),
      }),
    },
  ],
  [
    "TLS by the policy pqc",
    { proxyConfig: ISTIOD, environment: { COMPLIANCE_POLICY: "pqc" } },
    "STRICT_DNS",
    {
      sni: "istiod.istio-system.svc",
      common_tls_context: expect.objectContaining({
        tls_params: expect.objectContaining({ tls_minimum_protocol_version: "TLSv1_3", ecdh_curves: ["X25519MLKEM768"] }),
      }),
    },
  ],
  [
    "state of the world, with headers",
    { environment: { ISTIO_DELTA_XDS: "false", XDS_HEADER_X: "1", ISTIO_META_CLUSTER_ID: "c" } },
    "STRICT_DNS",
    undefined,
  ],
])("--xds direct: %s", async (what, setting, type, tls) => {
  const text = await render(SOURCE, { ...setting, args: ["sidecar", "--xds", "direct"] }, directory);
  const { static_resources, dynamic_resources } = JSON.parse(text);
  const clusters: readonly Cluster[] = static_resources.clusters;
  const xds = clusters.find(({ name }) => name === "xds-grpc");
  expect(xds?.type).toBe(type);
  const { "@type": _, ...context } = xds?.transport_socket?.typed_config ?? {};
  expect(context).toEqual(tls === undefined ? {} : { common_tls_context: {}, ...tls });
  const [{ initial_metadata }] = dynamic_resources.ads_config.grpc_services;
  const headers = what.endsWith("headers") ? { clusterid: "c", x: "1" } : { clusterid: "" };
  expect(initial_metadata).toEqual(Object.entries(headers).map(([key, value]) => ({ key, value })));

  writeFileSync(join(directory, "envoy.json"), text);
  const command = [ENVOY, "--mode", "validate", "-c", "envoy.json", "--allow-unknown-static-fields", "--disable-hot-restart"];
  const { status, err } = await runToEnd(command, directory, { PATH: "" });
  expect(status === 0 ? "" : err).toBe("");
});
