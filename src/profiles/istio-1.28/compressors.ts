import type { Start } from "../istio-1.30/contract.ts";
import type { Compressor } from "../istio-1.30/parameters.ts";

/** Returns the one way in which Envoy's metrics are compressed, if an annotation names it (contract 1.28 §2). */
export function annotatedCompressor(_start: Pick<Start, "config">, annotations: ReadonlyMap<string, unknown>): readonly Compressor[] {
  const name = annotations.get("sidecar.istio.io/statsCompression");
  const algorithm = (["brotli", "zstd", "gzip"] as const).find((each) => each === name);
  if (algorithm === undefined) return [];
  return [{ algorithm, filter: "envoy.filters.http.compressor", library: "text_optimized", onlyMetrics: false }];
}
