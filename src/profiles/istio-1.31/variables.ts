import { choice, integer } from "../../inputs/environment.ts";
import { VARIABLES as VARIABLES_1_30 } from "../istio-1.30/variables.ts";

/** The variables of release 1.31 (contract 1.31 §1). */
export const VARIABLES = {
  ...VARIABLES_1_30,
  ENVOY_SECURE_METRICS_PORT: integer(0, "Port of a listener with mutual TLS for Envoy's metrics; 0: none"),
  ENVOY_SECURE_MERGED_METRICS_PORT: integer(0, "Port of a listener with mutual TLS for the merged metrics; 0: none"),
  COMPLIANCE_POLICY: choice(["fips-140-2", "fips-140-3", "pqc"], "fips-140-2, fips-140-3 or pqc"),
};
