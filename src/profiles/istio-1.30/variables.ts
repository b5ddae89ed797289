import { boolean, choice, duration, integer, text, type VariableTable } from "../../inputs/environment.ts";
import { PORT } from "../../settings/ports.ts";
import { COMMON_VARIABLES } from "../common-variables.ts";

/** The variables of release 1.30 (contract 1.30 §2). */
export const VARIABLES = {
  ...COMMON_VARIABLES,
  HOST_IP: text("", "Replaces $(HOST_IP) in tracer addresses and in the bootstrap override"),
  ISTIO_CPU_LIMIT: integer(0, "Envoy's concurrency if the configuration sets none"),
  ISTIO_BOOTSTRAP_OVERRIDE: text("", "Path of a YAML or JSON file that Envoy merges over the bootstrap (--config-yaml)"),
  ISTIO_ENVOY_ENABLE_CORE_DUMP: boolean(false, "Pass --enable-core-dump to Envoy"),
  ENVOY_SKIP_DEPRECATED_LOGS: boolean(true, "Pass --skip-deprecated-logs to Envoy"),
  ENVOY_STATUS_PORT: integer(PORT.ready, "Port of Envoy's readiness listener"),
  ENVOY_PROMETHEUS_PORT: integer(PORT.metrics, "Port of Envoy's metrics listener"),
  ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL: boolean(false, "Accept the PROXY protocol on the readiness listener"),
  ISTIO_DELTA_XDS: boolean(true, "Delta xDS instead of state-of-the-world"),
  ISTIO_DUAL_STACK: boolean(false, "Listen on both address families of a dual-stack pod"),
  PEER_METADATA_DISCOVERY: boolean(false, "Peer metadata discovery; if unset, ISTIO_META_ENABLE_HBONE decides"),
  HTTP_STRIP_FRAGMENT_FROM_PATH_UNSAFE_IF_DISABLED: boolean(true, "false: keep fragments in request paths"),
  COMPLIANCE_POLICY: choice(["fips-140-2", "pqc"], "fips-140-2 or pqc"),
  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: boolean(
    false,
    "Drain until no connections are left instead of for a fixed time; also in the node metadata",
  ),
  MINIMUM_DRAIN_DURATION: duration("5s", "With EXIT_ON_ZERO_ACTIVE_CONNECTIONS: time before connections are counted"),
  CLOUD_PLATFORM: choice(["aws", "azure", "gcp", "none"], "aws, azure, gcp or none; other values: detect the cloud", (value) =>
    value.toLowerCase(),
  ),
  GCP_QUOTA_PROJECT: text("", "Quota project, with GCP_METADATA"),
  GCP_ZONE: text("", "Zone, with GCP_METADATA"),
  CA_PROVIDER: text("Citadel", "Certificate authority; only Citadel is supported"),
  CA_ROOT_CA: text("", "Root certificate file for the certificate authority, or SYSTEM"),
  XDS_ROOT_CA: text("", "Root certificate file for the control plane, or SYSTEM"),
  PILOT_CERT_PROVIDER: text("istiod", "Source of the root certificate: istiod, custom or none"),
  FILE_MOUNTED_CERTS: boolean(false, "Use certificates from files, without a certificate authority"),
  CREDENTIAL_FETCHER_TYPE: text("JWT", "JWT, GoogleComputeEngine or Mock"),
  WORKLOAD_IDENTITY_SOCKET_FILE: text("socket", "File name of the workload SDS socket"),
  DISABLE_ENVOY: boolean(false, "Do not start Envoy; the agent only serves the status port"),
  GRPC_XDS_BOOTSTRAP: text("etc/istio/proxy/grpc-bootstrap.json", "Bootstrap file of gRPC applications; readiness checks its certificates"),
  OUTPUT_CERTS: text("", "Directory certificates are written to; readiness waits for them if a gRPC bootstrap refers to them"),
  ISTIO_META_DNS_CAPTURE: boolean(false, "A sidecar resolves DNS names; readiness waits for the name table"),
  ISTIO_META_ENABLE_DNS_SERVER: boolean(false, "Like ISTIO_META_DNS_CAPTURE, for every role"),
  ISTIO_PROMETHEUS_ANNOTATIONS: text(
    "",
    "Location of the application's metrics as JSON: scrape, port, path; merged into /stats/prometheus",
  ),
  ISTIO_ENABLE_HTTP2_PROBING: boolean(true, "HTTPS probes may use HTTP/2"),
  REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION: boolean(false, "Send probes to localhost instead of INSTANCE_IP"),
  METRICS_LOCALHOST_ACCESS_ONLY: boolean(false, "Serve metrics on the status port only to callers on this machine"),
  PILOT_AGENT_MERGE_ENVOY_STATS: boolean(true, "false: leave Envoy's metrics out of the merged page"),
  DNS_PROXY_ADDR: text("localhost:15053", "Address of the DNS proxy; on port 53, an agent that runs as root starts Envoy as user 1337"),
} as const satisfies VariableTable;
