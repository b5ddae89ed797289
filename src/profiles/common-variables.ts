import { text } from "../inputs/environment.ts";

/** The variables that both releases read for the same purpose (contract 1.6 §2, 1.30 §2). */
export const COMMON_VARIABLES = {
  INSTANCE_IP: text("", "First address of this node; ignored if it is not an IP address"),
  POD_NAME: text("", "Pod name, from the downward API; part of the node id"),
  POD_NAMESPACE: text("", "Pod namespace, from the downward API; part of the node id and the default DNS domain"),
  SERVICE_ACCOUNT: text("", "Service account of the pod; node metadata"),
  PROXY_CONFIG: text("", "ProxyConfig in YAML or JSON; overrides the mesh config file, overridden by the pod annotation"),
  ISTIO_BOOTSTRAP: text("", "Path of a bootstrap template; takes precedence over every other source"),
  PROV_CERT: text("", "Directory of provisioned certificates (virtual machines)"),
  CA_ADDR: text("", "Address of the certificate authority (default: the discovery address)"),
  ISTIO_KUBE_APP_PROBERS: text("", "Application probes as JSON, set by the injector: path on the status port to prober"),
  GCP_METADATA: text("", "PROJECT|NUMBER|CLUSTER|LOCATION of a GKE cluster"),
  GCE_METADATA_HOST: text("", "Host and port of the GCE metadata server"),
} as const;
