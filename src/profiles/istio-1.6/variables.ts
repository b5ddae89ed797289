import { boolean, duration, integer, text, type VariableTable } from "../../inputs/environment.ts";
import { COMMON_VARIABLES } from "../common-variables.ts";

/** The variables of release 1.6 (contract 1.6 §2). */
export const VARIABLES = {
  ...COMMON_VARIABLES,
  ISTIO_BOOTSTRAP_OVERRIDE: text("", "Path of a file that Envoy merges over the bootstrap (--config-yaml), passed unchanged"),
  ISTIO_ADDITIONAL_METADATA_EXCHANGE_KEYS: text("", "Comma-separated metadata keys to exchange with peers in addition to the default ones"),
  TERMINATION_DRAIN_DURATION_SECONDS: integer(5, "Time Envoy drains before it is stopped, in seconds"),
  JWT_POLICY: text("third-party-jwt", "Token used to authenticate: third-party-jwt or first-party-jwt"),
  PILOT_CERT_PROVIDER: text("istiod", "Source of the root certificate: istiod, kubernetes or custom"),
  FILE_MOUNTED_CERTS: boolean(false, "Use certificates from files, without a certificate authority; since 1.6.1"),
  ENVOY_READINESS_CHECK_TIMEOUT: duration("5s", "Timeout of the request for Envoy's state in a readiness check; since 1.6.9"),
  CA_PROVIDER: text("Citadel", "Certificate authority"),
  GKE_CLUSTER_URL: text("", "URL of the cluster, for Google's certificate authority"),
  ISTIO_PROMETHEUS_ANNOTATIONS: text("", "Location of the application's metrics as JSON; read only if application probes are set"),
} as const satisfies VariableTable;
