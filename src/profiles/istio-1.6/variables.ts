import { integer, text, type Values } from "../../inputs/environment.ts";

/** The variables release 1.6 reads for a start (spec 1.6 §2). */
export const VARIABLES = {
  INSTANCE_IP: text("", "First address of this node; an address that cannot be read counts as none"),
  POD_NAME: text("", "Pod name, from the downward API; part of the node id"),
  POD_NAMESPACE: text("", "Pod namespace, from the downward API; part of the node id and the default DNS domain"),
  SERVICE_ACCOUNT: text("", "Service account of the pod; node metadata"),
  PROXY_CONFIG: text("", "ProxyConfig in YAML or JSON, above the mesh config file and below the pod annotation"),
  ISTIO_BOOTSTRAP: text("", "Path of a bootstrap template, above every other source of it"),
  ISTIO_BOOTSTRAP_OVERRIDE: text("", "Path of a file that Envoy merges over the bootstrap (--config-yaml), as it stands"),
  ISTIO_ADDITIONAL_METADATA_EXCHANGE_KEYS: text("", "Metadata keys, separated by commas, to exchange with peers beside the usual ones"),
  TERMINATION_DRAIN_DURATION_SECONDS: integer(5, "How long Envoy drains before it is stopped, in seconds"),
  JWT_POLICY: text("third-party-jwt", "Which token authenticates: third-party-jwt or first-party-jwt"),
  PILOT_CERT_PROVIDER: text("istiod", "Where the root certificate comes from: istiod, kubernetes or custom"),
  PROV_CERT: text("", "Directory of provisioned certificates (virtual machines)"),
  CA_ADDR: text("", "Address of the certificate authority; empty: the discovery address"),
  CA_PROVIDER: text("Citadel", "Certificate authority"),
  GKE_CLUSTER_URL: text("", "Cluster of Google's certificate authority"),
  ISTIO_KUBE_APP_PROBERS: text("", "Application probes as JSON, from the injector: path on the status port to prober"),
  ISTIO_PROMETHEUS_ANNOTATIONS: text("", "Where the application's metrics are, as JSON; read only beside probers"),
  GCP_METADATA: text("", "PROJECT|NUMBER|CLUSTER|LOCATION of a GKE cluster"),
  GCE_METADATA_HOST: text("", "Host and port of the GCE metadata server"),
} as const;

export type Variables = Values<typeof VARIABLES>;
