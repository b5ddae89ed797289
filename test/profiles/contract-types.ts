import type { RunnableCommand } from "../../src/commands/command.ts";
import type { VersionFlags, WaitFlags } from "../../src/commands/flags.ts";
import type { Environment } from "../../src/inputs/environment.ts";
import type { TypedMetadata } from "../../src/node/metadata.ts";
import type { Config as Config16, Problem as Problem16, Start as Start16 } from "../../src/profiles/istio-1.6/contract.ts";
import type { Config, MetadataKey, Node, Problem, Start } from "../../src/profiles/istio-1.30/contract.ts";
import { type RULES, rulesBasedOn } from "../../src/profiles/istio-1.30/rules.ts";
import type { Config as Newer, Start as NewerStart } from "../../src/profiles/istio-1.31/contract.ts";
import type { Start as AnyStart } from "../../src/profiles/profile.ts";
import type { MessageOf } from "../../src/settings/message-of.ts";
import { enumOf, message } from "../../src/settings/schema.ts";

// What must not compile: the compiler refuses an expectation below that is no error.

export function fields(config: Config, older: Config16): readonly unknown[] {
  // A field is of its kind, or absent.
  const kinds: readonly [string | undefined, number | undefined, bigint | undefined, boolean | undefined] = [
    config.configPath,
    config.proxyAdminPort,
    config.drainDuration,
    config.statsCompression,
  ];
  return [
    kinds,
    // @ts-expect-error: a field that is mistyped
    config.configPaht,
    // @ts-expect-error: a field of another release
    config.parentShutdownDuration,
    // @ts-expect-error: a field of another release
    older.meshId,
    // @ts-expect-error: a field that is mistyped, two messages below
    config.tracing?.zipkin?.adress,
    // @ts-expect-error: a field may be absent
    config.envoyMetricsService.address,
    // @ts-expect-error: a member of an element of a map
    config.tracing?.customTags?.["a"]?.header?.nme,
  ];
}

export function problems(): readonly (Problem | Problem16)[] {
  return [
    { field: "tracing.zipkin.address", text: "" },
    { field: "proxyMetadata.ANY", text: "" },
    // @ts-expect-error: a field that is mistyped
    { field: "tracing.zipkin.adress", text: "" },
    // @ts-expect-error: a field that no release has
    { field: "configPaht", text: "" },
  ];
}

export function kinds(config: Config): void {
  // @ts-expect-error: a text is no number
  const port: number | undefined = config.configPath;
  // @ts-expect-error: a duration is nanoseconds, no number
  const drain: number | undefined = config.drainDuration;
  // @ts-expect-error: a list of strings is no text
  const tags: string | undefined = config.extraStatTags;
  // @ts-expect-error: 64 bits are decimal digits
  const attributes: number | undefined = config.tracing?.stackdriver?.maxNumberOfAttributes;
  // @ts-expect-error: what is absent is absent, and not undefined
  const unset: Config = { concurrency: undefined };
  // @ts-expect-error: a number where a text belongs
  const wrong: Config = { configPath: 1 };
  for (const each of [port, drain, tags, attributes, unset, wrong]) String(each);
}

export function enums({ controlPlaneAuthPolicy, tracingServiceName }: Config): readonly boolean[] {
  return [
    controlPlaneAuthPolicy === "MUTUAL_TLS",
    controlPlaneAuthPolicy === 7, // a number that has no name
    // @ts-expect-error: a value that is mistyped
    controlPlaneAuthPolicy === "MUTAL_TLS",
    // @ts-expect-error: a value of another enum
    tracingServiceName === "MUTUAL_TLS",
  ];
}

export function oneofs(config: Config): readonly Config[] {
  // @ts-expect-error: two members of a oneof
  const both: Config = { serviceCluster: "a", tracingServiceName: "CANONICAL_NAME_ONLY" };
  // @ts-expect-error: two members of a oneof in a message below
  const tracers: Config = { tracing: { zipkin: {}, datadog: {} } };
  if (config.serviceCluster !== undefined) {
    const other: undefined = config.tracingServiceName;
    return [both, tracers, config, { meshId: String(other) }];
  }
  return [both, tracers];
}

export function flags({ settings }: Start, older: Start16, common: AnyStart): readonly unknown[] {
  return [
    settings.invocation.flags.string("proxyLogLevel"),
    settings.invocation.flags.bool("log_as_json"),
    common.settings.invocation.flags.string("meshConfig"),
    // @ts-expect-error: a flag that is mistyped
    settings.invocation.flags.string("proxyLoglevel"),
    // @ts-expect-error: a number, asked for as a text
    settings.invocation.flags.string("concurrency"),
    // @ts-expect-error: a text, asked for as a number
    settings.invocation.flags.int("meshConfig"),
    // @ts-expect-error: a flag of another release
    settings.invocation.flags.string("serviceregistry"),
    older.settings.invocation.flags.string("serviceregistry"),
    // @ts-expect-error: what set a field that is mistyped
    settings.sources.get("configPaht"),
    // @ts-expect-error: a flag of one release, where it may be another
    common.settings.invocation.flags.string("serviceregistry"),
  ];
}

/** A command reads only the flags of its row and those of every command. */
export function commandFlags(): readonly RunnableCommand<VersionFlags>["run"][] {
  const ofVersion: RunnableCommand<VersionFlags>["run"] = async ({ invocation: { flags } }) => Number(flags.bool("short"));
  const ofEvery: RunnableCommand<VersionFlags>["run"] = async ({ invocation: { flags } }) => Number(flags.bool("log_as_json"));
  // @ts-expect-error: a flag that is mistyped
  const mistyped: RunnableCommand<VersionFlags>["run"] = async ({ invocation: { flags } }) => Number(flags.bool("shrot"));
  // @ts-expect-error: a flag of another command
  const other: RunnableCommand<VersionFlags>["run"] = async ({ invocation: { flags } }) => flags.int("timeoutSeconds");
  // @ts-expect-error: a number, read as a boolean
  const kind: RunnableCommand<WaitFlags>["run"] = async ({ invocation: { flags } }) => Number(flags.bool("timeoutSeconds"));
  return [ofVersion, ofEvery, mistyped, other, async () => Number(kind)];
}

export function variables({ settings }: Start, older: Start16): readonly unknown[] {
  const drain: bigint = settings.variables.MINIMUM_DRAIN_DURATION;
  return [
    drain,
    // @ts-expect-error: a variable that is mistyped
    settings.variables.MINIMUM_DRAIN_DURATON,
    // @ts-expect-error: a variable of another release
    older.settings.variables.MINIMUM_DRAIN_DURATION,
    settings.variableText("MINIMUM_DRAIN_DURATION"),
    // @ts-expect-error: a variable that is mistyped
    settings.variableText("MINIMUM_DRAIN_DURATON"),
  ];
}

export function metadata(node: Node, typed: TypedMetadata<MetadataKey>): readonly unknown[] {
  return [
    node.metadata.TLS_CLIENT_KEY,
    // @ts-expect-error: a key that is mistyped
    node.metadata.TLS_CLIENT_KYE,
    // @ts-expect-error: a key that is mistyped
    typed.get("TLS_CLIENT_KYE"),
    // @ts-expect-error: a key of another release
    typed.set("CONFIG_NAMESPACE", ""),
  ];
}

export function annotations({ settings }: Start): readonly unknown[] {
  return [
    settings.annotations?.get("status.sidecar.istio.io/port"),
    // @ts-expect-error: an annotation that is mistyped
    settings.annotations?.get("status.sidecar.istio.io/prot"),
  ];
}

/** A release that is based on another has what that has, and its own tables. */
export function based(config: Config, newer: Newer, start: NewerStart, base: typeof RULES): readonly unknown[] {
  const asBase: Config = newer;
  const port: number = start.settings.variables.ENVOY_SECURE_METRICS_PORT;
  return [
    asBase,
    port,
    newer.connectionSettings?.httpIdleTimeout,
    // @ts-expect-error: a field that only the newer release has
    config.connectionSettings,
    // @ts-expect-error: a field that is mistyped
    newer.connectionSettings?.httpIdelTimeout,
    // @ts-expect-error: a rule that is mistyped
    rulesBasedOn(base, { clusterLabel: { is: ["app"] } }),
    // @ts-expect-error: a value of another type
    rulesBasedOn(base, { compressesAnswers: { is: "no" } }),
    // @ts-expect-error: a patch release without what earlier ones do
    rulesBasedOn(base, { compressesAnswers: { is: true, since: [1, 30, 1] } }),
  ];
}

/** The start of a release is a start of any release. */
export function starts(start: Start, older: Start16, newer: NewerStart): readonly AnyStart[] {
  return [start, older, newer];
}

const SCHEMA = {
  fields: {
    name: "string",
    wait: "duration",
    isOn: { wrapper: "bool" },
    mode: enumOf("Mode", "OFF", "ON"),
    inner: message(() => ({ fields: { names: { list: "string" }, counts: { map: "uint32" } } })),
    one: "string",
    other: "int32",
  },
  oneofs: [["one", "other"]],
} as const;

/** The type that follows from a schema, written out. */
type Written = {
  readonly name?: string;
  readonly wait?: bigint;
  readonly isOn?: boolean;
  readonly mode?: "OFF" | "ON" | number;
  readonly inner?: { readonly names?: readonly string[]; readonly counts?: Readonly<Record<string, number>> };
} & (
  | { readonly one?: never; readonly other?: never }
  | { readonly one: string; readonly other?: never }
  | { readonly other: number; readonly one?: never }
);

export const fromWritten = (value: Written): MessageOf<typeof SCHEMA> => value;
export const toWritten = (value: MessageOf<typeof SCHEMA>): Written => value;

export function knownVariables(environment: Environment): readonly unknown[] {
  return [
    environment.get("KUBERNETES_SERVICE_HOST"),
    // @ts-expect-error: a variable that is mistyped
    environment.get("KUBERNETES_SERVICE_HOTS"),
    // @ts-expect-error: a variable that is read by the table of a release
    environment.get("POD_NAME"),
  ];
}
