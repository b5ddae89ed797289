import type { Notice } from "../common/notice.ts";
import type { JsonValue } from "../go/json-value.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";
import type { Launch, LaunchFile } from "../launch/launch.ts";
import { argumentsOf, type EnvoyOption, hasOption } from "./options.ts";
import { toV3 } from "./v3-bootstrap.ts";
import { isAtLeast } from "./version-text.ts";

/** Options that a release of Envoy no longer knows, each with its value: without effect since 1.11, gone since 1.15. */
const GONE: readonly (readonly [option: string, major: number, minor: number])[] = [["--max-obj-name-len", 1, 15]];

/** The first release that refuses API v2 unless told otherwise; 1.18 has none of it. */
const WITHOUT_V2 = [1, 17] as const;

/**
 * A launch as the Envoy found can take it, with only those changes that this Envoy's refusal makes necessary, each of
 * them one notice. A configuration of a person's own (customConfigFile, the override) stays as it is.
 */
export function adaptLaunch(launch: Launch, version: EnvoyVersion): Launch {
  const options = withoutGone(launch.options, version);
  const bootstrap = isAtLeast(version, ...WITHOUT_V2) ? withoutV2(launch) : { changes: [] };
  const changes = [...options.changes, ...bootstrap.changes];
  if (changes.length === 0) return launch;
  const notices = changes.map((text): Notice => ({ level: "info", text: `Adapted to Envoy ${version.text}: ${text}` }));
  return Object.freeze({
    ...launch,
    options: options.kept,
    ...(bootstrap.text === undefined ? {} : { bootstrap: bootstrap.text, files: withText(launch, bootstrap.text) }),
    notices: [...launch.notices, ...notices],
  });
}

/** Whether a command line is one that only an Envoy of its day takes, and that `adaptLaunch` would change for a later one. */
export function hasOldOptions({ options }: Pick<Launch, "options">): boolean {
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
    changes: dropped.map((option) => `left out ${argumentsOf([option]).join(" ")}, which it does not know`),
  };
}

function withoutV2({ bootstrap }: Launch): { readonly text?: string; readonly changes: readonly string[] } {
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

function withText({ files, configFile }: Launch, text: string): readonly LaunchFile[] {
  return files.map((file) => (file.path === configFile ? { ...file, text } : file));
}
