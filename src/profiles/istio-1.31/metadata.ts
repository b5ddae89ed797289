import { METADATA_KEYS as KEYS_1_30 } from "../istio-1.30/metadata-keys.ts";
import type { AddedMetadata } from "../istio-1.30/rules.ts";
import type { Start } from "./contract.ts";

/** Metadata keys that are typed fields upstream, besides PROXY_CONFIG (contract 1.31 §2). */
export const METADATA_KEYS = {
  ...KEYS_1_30,
  ENVOY_SECURE_METRICS_PORT: "number",
  ENVOY_SECURE_MERGED_METRICS_PORT: "number",
  ENABLE_SELF_DISCOVERY: "flag",
  DNS_PROXY_ADDR: "string",
} as const;

/** Returns the ports of secure metrics, and the address of the DNS proxy if a variable sets it (contract 1.31 §2). */
export function addedMetadata({ settings }: Start): AddedMetadata {
  const { ENVOY_SECURE_METRICS_PORT, ENVOY_SECURE_MERGED_METRICS_PORT } = settings.variables;
  const address = settings.variableText("DNS_PROXY_ADDR") ?? "";
  return {
    raw: address === "" ? {} : { DNS_PROXY_ADDR: address },
    typed: { ENVOY_SECURE_METRICS_PORT, ENVOY_SECURE_MERGED_METRICS_PORT },
  };
}
