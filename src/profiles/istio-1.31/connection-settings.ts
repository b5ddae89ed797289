import type { Config, Problem } from "./contract.ts";

type Settings = NonNullable<Config["connectionSettings"]>;
type Rule = readonly [isAllowed: (value: number | bigint) => boolean, must: string];

const NOT_NEGATIVE: Rule = [(value) => value >= 0, "must not be negative"];
const POSITIVE: Rule = [(value) => value > 0, "must be positive"];
const WINDOW: Rule = [(value) => value >= 65_535, "must be at least 65535"];

/** The fields with limits (contract 1.31 §6). */
const LIMITS = {
  listenerPerConnectionBufferLimitBytes: NOT_NEGATIVE,
  clusterPerConnectionBufferLimitBytes: NOT_NEGATIVE,
  httpIdleTimeout: NOT_NEGATIVE,
  httpMaxConnectionDuration: NOT_NEGATIVE,
  httpDrainTimeout: NOT_NEGATIVE,
  httpRequestTimeout: NOT_NEGATIVE,
  httpRequestHeadersTimeout: NOT_NEGATIVE,
  httpStreamIdleTimeout: NOT_NEGATIVE,
  httpMaxStreamDuration: NOT_NEGATIVE,
  httpMaxConcurrentStreams: POSITIVE,
  http2InitialStreamWindowSize: WINDOW,
  http2InitialConnectionWindowSize: WINDOW,
  listenerConnectionLimit: POSITIVE,
  globalDownstreamConnectionLimit: POSITIVE,
} as const satisfies Partial<Record<keyof Settings, Rule>>;

/** Returns the fields of `connectionSettings` that are out of range (contract 1.31 §6). */
export function connectionProblems({ connectionSettings = {} }: Config): readonly Problem[] {
  const names = Object.keys(LIMITS) as (keyof typeof LIMITS)[]; // the names of the table
  return names.flatMap((name) => {
    const value = connectionSettings[name];
    const [isAllowed, must] = LIMITS[name];
    if (value === undefined || isAllowed(value)) return [];
    return [{ field: `connectionSettings.${name}` as const, text: `invalid connection settings: ${name} ${must}` }];
  });
}
