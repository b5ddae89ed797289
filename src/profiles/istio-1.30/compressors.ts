import type { Start } from "./contract.ts";
import type { Compressor } from "./parameters.ts";

const ALL = (["brotli", "zstd", "gzip"] as const).map(
  (algorithm): Compressor => ({
    algorithm,
    filter: `envoy.filters.http.compressor.${algorithm}`,
    library: `stats_${algorithm}`,
    onlyMetrics: true,
  }),
);

/** Returns how Envoy's metrics are compressed: in every way, unless the configuration forbids it (contract 1.30 §7.5). */
export function compressorsOf({ config }: Pick<Start, "config">): readonly Compressor[] {
  return config.statsCompression === false ? [] : ALL;
}
