import type { Notice } from "../common/notice.ts";
import type { JsonValue } from "../go/json-value.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";
import { argumentsOf, type EnvoyOption, hasOption } from "./options.ts";
import { toV3 } from "./v3-bootstrap.ts";
import { isAtLeast } from "./version-text.ts";

/** Options that Envoy has removed, each with a value: without effect since 1.11, removed in 1.15. */
const REMOVED_OPTIONS: readonly (readonly [option: string, major: number, minor: number])[] = [["--max-obj-name-len", 1, 15]];

/** The first release that rejects API v2 by default; 1.18 removed it. */
const V2_REJECTED_SINCE = [1, 17] as const;

/** The parts of an epoch that depend on Envoy's release. */
export interface Adaptable {
  readonly options: readonly EnvoyOption[];
  /** The generated document; absent if Envoy reads a user's file. */
  readonly bootstrap?: string;
}

/**
 * Adapts options and bootstrap to the installed Envoy, with only those changes without which this release would reject them, and one notice
 * for each. User-provided configuration (customConfigFile, the override) is not changed.
 */
export function adapt(planned: Adaptable, version: EnvoyVersion): Adaptable & { readonly notices: readonly Notice[] } {
  const options = removeOptions(planned.options, version);
  const bootstrap = isAtLeast(version, ...V2_REJECTED_SINCE) ? convertToV3(planned) : { changes: [] };
  const text = bootstrap.text ?? planned.bootstrap;
  return {
    options: options.kept,
    ...(text === undefined ? {} : { bootstrap: text }),
    notices: [...options.changes, ...bootstrap.changes].map((change) => ({
      level: "info",
      text: `Adapted to Envoy ${version.text}: ${change}`,
    })),
  };
}

/** Returns whether the options include any that newer releases removed and `adapt` would drop. */
export function hasOldOptions(options: readonly EnvoyOption[]): boolean {
  return REMOVED_OPTIONS.some(([option]) => hasOption(options, option));
}

function removeOptions(
  options: readonly EnvoyOption[],
  version: EnvoyVersion,
): { readonly kept: readonly EnvoyOption[]; readonly changes: readonly string[] } {
  const removed = REMOVED_OPTIONS.filter(([, major, minor]) => isAtLeast(version, major, minor)).map(([option]) => option);
  const dropped = options.filter(({ name }) => removed.includes(name));
  return {
    kept: options.filter((option) => !dropped.includes(option)),
    changes: dropped.map((option) => `removed ${argumentsOf([option]).join(" ")}, which it does not support`),
  };
}

function convertToV3({ bootstrap }: Adaptable): { readonly text?: string; readonly changes: readonly string[] } {
  const document = bootstrap === undefined ? undefined : parseJson(bootstrap);
  if (typeof document !== "object" || document === null || Array.isArray(document)) return { changes: [] };
  const { document: now, changes } = toV3(document as Exclude<typeof document, readonly JsonValue[]>); // isArray does not narrow readonly lists
  return changes.length === 0 ? { changes } : { text: `${JSON.stringify(now, null, 2)}\n`, changes };
}

/** A user's template may render YAML, or no document at all; Envoy then reads it unchanged. */
function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
