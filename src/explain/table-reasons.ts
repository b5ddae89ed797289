import { nearestWithin } from "../cli/nearest.ts";
import { SWITCHES, variableOf } from "../cli/switches.ts";
import { isObject } from "../go/json.ts";
import { profiles } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import { isAnnotationRead, similarAnnotation } from "../settings/annotations.ts";
import { decodeInto } from "../settings/decode.ts";
import { encodeMessage } from "../settings/encode.ts";
import { jsonName } from "../settings/schema.ts";
import type { Input } from "./input.ts";

/** Why an input without effect has none, as far as the tables of the releases say it. */
export type TableReason =
  /** Nothing reads it; `meant` has a similar name that something reads. */
  | { readonly kind: "unknown"; readonly meant?: string }
  | { readonly kind: "other-profile"; readonly profiles: readonly string[] }
  | { readonly kind: "default" };

/** The largest number of wrong letters in a misspelled name. */
const MAX_DISTANCE = 2;
/** The role of a proxy whose arguments name none. */
const DEFAULT_ROLE = "sidecar";
/** Prefixes of variables that become node metadata whatever follows. */
const METADATA = /^ISTIO_META(?:JSON)?_/;
/** Variables that attache reads by name, apart from the tables. */
const OTHERS: readonly string[] = [
  "PATH",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
  "NOTIFY_SOCKET",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
  "ENVOY_CGROUP_CPU_DETECTION",
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
  "no_proxy",
];

/** Returns what the tables say about an input that has no effect; undefined if they say nothing. */
export function tableReason(input: Input, profile: Profile): TableReason | undefined {
  return isRead(input, profile) ? (isDefault(input, profile) ? { kind: "default" } : undefined) : unread(input, profile);
}

function unread(input: Input, profile: Profile): TableReason {
  const others = profiles().filter((each) => each.name !== profile.name && isRead(input, each));
  if (others.length > 0) return { kind: "other-profile", profiles: others.map(({ name }) => name) };
  const meant =
    input.kind === "annotation" ? similarAnnotation(input.name) : nearestWithin(MAX_DISTANCE, ownName(input), namesOf(input, profile));
  return { kind: "unknown", ...(meant === undefined ? {} : { meant: input.kind === "unknown-flag" ? `--${meant}` : meant }) };
}

/** Reports whether a release reads an input at all. */
function isRead(input: Input, profile: Profile): boolean {
  const { kind, name } = input;
  if (kind === "annotation") return isAnnotationRead(name);
  if (kind === "mesh" && input.field === undefined) return false;
  if (kind === "variable" && (METADATA.test(name) || OTHERS.includes(name) || hasPrefix(name, profile))) return true;
  const names = namesOf(input, profile);
  return names.length === 0 || names.includes(ownName(input));
}

function hasPrefix(name: string, { variablePrefixes }: Profile): boolean {
  return Object.keys(variablePrefixes).some((prefix) => name.startsWith(prefix));
}

function ownName({ kind, name, field }: Input): string {
  if (kind === "unknown-flag") return name.replace(/^-+/, "");
  return field === undefined ? name : (jsonName(field) ?? field);
}

/** Returns the names that a release reads of the kind of an input; empty where every name counts. */
function namesOf({ kind }: Input, profile: Profile): readonly string[] {
  switch (kind) {
    case "flag":
    case "unknown-flag":
      return [...profile.proxyFlags, ...profile.rootFlags, ...SWITCHES].map(({ name }) => name);
    case "variable":
      return [...Object.keys(profile.variables), ...SWITCHES.map(({ name }) => variableOf(name))];
    case "field":
    case "mesh":
      return Object.keys(profile.proxyConfig.schema.fields);
    default:
      return [];
  }
}

function isDefault({ kind, name, given, field }: Input, profile: Profile): boolean {
  if (kind === "role") return given === DEFAULT_ROLE;
  if (kind === "flag") {
    const flag = [...profile.proxyFlags, ...profile.rootFlags, ...SWITCHES].find((each) => each.name === name);
    return flag !== undefined && flag.default === given;
  }
  if (kind === "variable") {
    const variable = profile.variables[name as keyof typeof profile.variables];
    const parsed = typeof given === "string" ? variable?.parse(given) : undefined;
    return parsed?.ok === true && parsed.value === variable?.default;
  }
  return field !== undefined && name === field && isDefaultField(field, given, profile);
}

/** Reports whether a field has the value that it would have without any setting. */
function isDefaultField(field: string, given: unknown, { proxyConfig: { schema, defaults } }: Profile): boolean {
  const { value, errors } = decodeInto(schema, {}, { [field]: given });
  if (errors.length > 0) return false;
  const [set, own] = [encodeMessage(schema, value, false), encodeMessage(schema, defaults, false)];
  const name = jsonName(field) ?? field;
  return isObject(set) && JSON.stringify(set[name]) === JSON.stringify(own[name]);
}
