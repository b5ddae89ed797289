import type { Notice } from "../common/notice.ts";
import { formatDuration, parseDuration } from "../go/duration.ts";
import { atoi, parseBool } from "../go/number.ts";
import type { Parsed } from "../go/parsed.ts";

/** The variables that are read by name, apart from the tables of the releases and of attache's flags. */
export type KnownVariable =
  /** Set by Kubernetes in every container. */
  | "KUBERNETES_SERVICE_HOST"
  | "KUBERNETES_SERVICE_PORT"
  /** A proxy for connections to servers, which is not used, and the exceptions from it. */
  | "HTTPS_PROXY"
  | "https_proxy"
  | "NO_PROXY"
  | "no_proxy"
  /** Where `envoy` is searched. */
  | "PATH"
  /** Set by systemd for a service that notifies it. */
  | "NOTIFY_SOCKET"
  | "WATCHDOG_PID"
  | "WATCHDOG_USEC"
  /** Node metadata that attache itself reads. */
  | "ISTIO_META_GENERATOR"
  | "ISTIO_META_ISTIO_VERSION"
  | "ISTIO_META_OWNER"
  | "ISTIO_META_WORKLOAD_NAME"
  | "ISTIO_METAJSON_LABELS"
  /** In the tables of the releases, but read before they are. */
  | "GCE_METADATA_HOST"
  | "ISTIO_BOOTSTRAP_OVERRIDE"
  /** attache's, read before its flags are. */
  | "ATTACHE_PROFILE"
  /** Read by Envoy. */
  | "ENVOY_CGROUP_CPU_DETECTION";

/** The process environment. */
export interface Environment {
  /** All variables, in process order. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** Returns the value of a variable; a misspelled name does not compile. */
  readonly get: (name: KnownVariable) => string | undefined;
  /** Returns the value of a variable by any name, such as one of a table. */
  readonly lookup: (name: string) => string | undefined;
}

/** Creates an environment from pairs; the first of several equal names counts, as in Go. */
export function environmentOf(pairs: readonly (readonly [string, string])[]): Environment {
  const byName = new Map<string, string>();
  const first: (readonly [string, string])[] = [];
  for (const pair of pairs) {
    if (byName.has(pair[0])) continue;
    byName.set(pair[0], pair[1]);
    first.push(pair);
  }
  const lookup = (name: string) => byName.get(name);
  return Object.freeze({ pairs: first, get: lookup, lookup });
}

/** A variable the agent reads: its default, its parser and its line in help. */
export interface Variable<T> {
  readonly default: T;
  readonly expects: string;
  readonly parse: (text: string) => Parsed<T>;
  readonly help: string;
  /** The accepted values of a variable with a fixed set, and how they are compared. */
  readonly known?: { readonly names: readonly string[]; readonly fold: (value: string) => string };
}

export type VariableTable = Readonly<Record<string, Variable<unknown>>>;

export type Values<Table extends VariableTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Variable<infer T> ? T : never;
};

/** Defines a string variable; set but empty is the empty string. */
export function text(fallback: string, help: string): Variable<string> {
  return { default: fallback, expects: "a string", parse: (value) => ({ ok: true, value }), help };
}

/** Defines a variable with a fixed set of values; any other value is ignored with a warning. */
export function choice(names: readonly string[], help: string, fold = (value: string) => value): Variable<string> {
  return { ...text("", help), known: { names, fold } };
}

export function boolean(fallback: boolean, help: string): Variable<boolean> {
  return { default: fallback, expects: "a boolean", parse: parseBool, help };
}

export function integer(fallback: number, help: string): Variable<number> {
  return { default: fallback, expects: "an integer", parse: atoi, help };
}

/** Defines a number with a fraction; NaN is invalid, as nothing can be computed from it. */
export function float(fallback: number, help: string): Variable<number> {
  const parse = (text: string): Parsed<number> => {
    const { parseFloat64 }: typeof import("../go/float.ts") = require("../go/float.ts");
    const parsed = parseFloat64(text);
    return parsed.ok && Number.isNaN(parsed.value) ? { ok: false, error: "not a number" } : parsed;
  };
  return { default: fallback, expects: "a number", parse, help };
}

/** Defines a duration in Go's format; the value is in nanoseconds. */
export function duration(fallback: string, help: string): Variable<bigint> {
  const parsed = parseDuration(fallback);
  return { default: parsed.ok ? parsed.value : 0n, expects: "a duration", parse: parseDuration, help };
}

/** Formats a default for help. */
export function defaultText({ default: value }: Variable<unknown>): string {
  return typeof value === "bigint" ? formatDuration(value) : String(value);
}

/**
 * Reads all variables of a table. A variable with an invalid value keeps its default and gets a warning, as in upstream's typed readers
 * (contract 1.6 §2, 1.30 §2).
 */
export function readVariables<Table extends VariableTable>(
  environment: Environment,
  table: Table,
): { readonly values: Values<Table>; readonly notices: readonly Notice[] } {
  // Copying the table first is faster: adding keys one by one changes the object's shape each time.
  const values: Record<string, unknown> = { ...table };
  const notices: Notice[] = [];
  for (const name of Object.keys(table)) {
    const variable = table[name];
    const found = environment.lookup(name);
    values[name] = variable?.default;
    if (variable === undefined || found === undefined) continue;
    const parsed = variable.parse(found);
    if (parsed.ok) values[name] = parsed.value;
    const { known } = variable;
    if (known !== undefined && found !== "" && !known.names.includes(known.fold(found)))
      notices.push({ level: "warn", text: `Ignoring ${name} "${found}": it must be one of ${known.names.join(", ")}` });
    if (!parsed.ok)
      notices.push({
        level: "warn",
        text: `Invalid environment variable value \`${found}\` of ${name}, expecting ${variable.expects}, defaulting to ${defaultText(variable)}`,
      });
  }
  // The loop assigns exactly the table's names.
  return { values: values as Values<Table>, notices };
}
