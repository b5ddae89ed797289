import type { Notice } from "../common/notice.ts";
import type { JsonValue } from "../go/json-value.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";
import { argumentsOf, type EnvoyOption, hasOption } from "./options.ts";
import { toV3 } from "./v3-bootstrap.ts";
import { isAtLeast } from "./version-text.ts";

/** Options that a release of Envoy no longer knows, each with its value: without effect since 1.11, gone since 1.15. */
const GONE: readonly (readonly [option: string, major: number, minor: number])[] = [["--max-obj-name-len", 1, 15]];

/** The first release that refuses API v2 unless told otherwise; 1.18 has none of it. */
const WITHOUT_V2 = [1, 17] as const;

/** What of an epoch depends on the release of its Envoy. */
export interface Adaptable {
  readonly options: readonly EnvoyOption[];
  /** The generated document; absent where Envoy reads a person's own file. */
  readonly bootstrap?: string;
}

/**
 * Returns the options and bootstrap as the Envoy found can take them, with only those changes that this Envoy's refusal makes necessary,
 * each of them one notice. A configuration of a person's own (customConfigFile, the override) stays as it is.
 */
export function adapt(wanted: Adaptable, version: EnvoyVersion): Adaptable & { readonly notices: readonly Notice[] } {
  const options = withoutGone(wanted.options, version);
  const bootstrap = isAtLeast(version, ...WITHOUT_V2) ? withoutV2(wanted) : { changes: [] };
  const text = bootstrap.text ?? wanted.bootstrap;
  return {
    options: options.kept,
    ...(text === undefined ? {} : { bootstrap: text }),
    notices: [...options.changes, ...bootstrap.changes].map((change) => ({
      level: "info",
      text: `Adapted to Envoy ${version.text}: ${change}`,
    })),
  };
}

/** Returns whether options are those that only an Envoy of its day takes, and that `adapt` would change for a later one. */
export function hasOldOptions(options: readonly EnvoyOption[]): boolean {
  return GONE.some(([option]) => hasOption(options, option));
}

function withoutGone(
  options: readonly EnvoyOption[],
  version: EnvoyVersion,
): { readonly kept: readonly EnvoyOption[]; readonly changes: readonly string[] } {
  const gone = GONE.filter(([, major, minor]) => isAtLeast(version, major, minor)).map(([option]) => option);
  const dropped = options.filter(({ name }) => gone.includes(name));
  return {
    kept: options.filter((option) => !dropped.includes(option)),
    changes: dropped.map((option) => `removed ${argumentsOf([option]).join(" ")}, which it does not support`),
  };
}

function withoutV2({ bootstrap }: Adaptable): { readonly text?: string; readonly changes: readonly string[] } {
  const document = bootstrap === undefined ? undefined : parsed(bootstrap);
  if (typeof document !== "object" || document === null || Array.isArray(document)) return { changes: [] };
  const { document: now, changes } = toV3(document as Exclude<typeof document, readonly JsonValue[]>); // isArray does not narrow readonly lists
  return changes.length === 0 ? { changes } : { text: `${JSON.stringify(now, null, 2)}\n`, changes };
}

/** A person's own template may yield YAML, or no document at all: then Envoy reads what they wrote. */
function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
