import { boolean, duration, integer, text, type VariableTable } from "../../inputs/environment.ts";
import { COMMON_VARIABLES } from "../common-variables.ts";

/** The variables release 1.6 reads for a start (contract 1.6 §2). */
export const VARIABLES = {
  ...COMMON_VARIABLES,
  ISTIO_BOOTSTRAP_OVERRIDE: text("", "Path of a file that Envoy merges over the bootstrap (--config-yaml), unchanged"),
  ISTIO_ADDITIONAL_METADATA_EXCHANGE_KEYS: text("", "Metadata keys, separated by commas, to exchange with peers beside the usual ones"),
  TERMINATION_DRAIN_DURATION_SECONDS: integer(5, "How long Envoy drains before it is stopped, in seconds"),
  JWT_POLICY: text("third-party-jwt", "Which token authenticates: third-party-jwt or first-party-jwt"),
  PILOT_CERT_PROVIDER: text("istiod", "Where the root certificate comes from: istiod, kubernetes or custom"),
  FILE_MOUNTED_CERTS: boolean(false, "Certificates come from files, there is no certificate authority; from 1.6.1 on"),
  ENVOY_READINESS_CHECK_TIMEOUT: duration("5s", "How long Envoy may take to say its state when readiness is checked; from 1.6.9 on"),
  CA_PROVIDER: text("Citadel", "Certificate authority"),
  GKE_CLUSTER_URL: text("", "Cluster of Google's certificate authority"),
  ISTIO_PROMETHEUS_ANNOTATIONS: text("", "Where the application's metrics are, as JSON; read only beside probers"),
} as const satisfies VariableTable;
