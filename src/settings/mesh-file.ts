import { formatDuration, MILLISECOND } from "../go/duration.ts";
import { isObject } from "../go/json.ts";
import { durationProblem, isDnsLabel, isDnsName, type Problem, portProblem } from "./checks.ts";
import type { SchemaRoot } from "./decode-messages.ts";
import { decodeLayer, type Layer, type Layered, problemMessages } from "./layer.ts";
import type { MessageOf, PathOf } from "./message-of.ts";
import type { MessageSchema } from "./schema.ts";

/** The fields of a mesh config that both releases check. */
export type CommonMesh = {
  readonly proxyListenPort?: number;
  readonly connectTimeout?: bigint;
  readonly protocolDetectionTimeout?: bigint;
  readonly localityLbSetting?: {
    readonly distribute?: readonly { readonly from?: string; readonly to?: Readonly<Record<string, number>> }[];
    readonly failover?: readonly { readonly from?: string; readonly to?: string }[];
    readonly failoverPriority?: readonly string[];
  };
  readonly serviceSettings?: readonly { readonly hosts?: readonly string[] }[];
};

/** The rules that differ between the releases. */
export interface MeshRules {
  /** The longest connectTimeout, in nanoseconds. */
  readonly connectLimit: bigint;
  /** Whether a failover between two different names is not between regions. */
  readonly isInvalidFailover: (from: string, to: string) => boolean;
}

/** The mesh config of a release: schema, defaults and rules. */
export interface MeshConfig<Schema extends MessageSchema> {
  readonly schema: Schema;
  readonly defaults: MessageOf<Schema>;
  readonly problems: (mesh: MessageOf<Schema>) => readonly Problem<PathOf<MessageOf<Schema>>>[];
}

/** Returns a mesh config; the compiler infers the types of its parts from the schema. */
export function meshConfig<const Schema extends MessageSchema>(config: MeshConfig<Schema>): MeshConfig<Schema> {
  return config;
}

/**
 * Decodes and checks a mesh config without its `defaultConfig`. Nothing of it is used, but its problems refuse the file
 * (contract 1.6 §5.6, 1.30 §5.2). Hints on unknown fields may name fields of `proxyConfig`.
 */
export function decodeMesh<Schema extends MessageSchema>(
  { schema, defaults, problems }: MeshConfig<Schema>,
  document: unknown,
  layer: Layer,
  proxyConfig: MessageSchema,
): Layered<MessageOf<Schema>> {
  const rest = isObject(document)
    ? Object.fromEntries(Object.entries(document).filter(([key]) => key !== "defaultConfig" && key !== "default_config"))
    : document;
  const others: readonly SchemaRoot[] = [{ prefix: ["defaultConfig"], schema: proxyConfig }];
  const decoded = decodeLayer(schema, defaults, rest, layer, { others });
  const messages = problemMessages(problems(decoded.value), decoded.value, () => ({ origin: layer.origin, text: layer.text }));
  return { ...decoded, problems: [...decoded.problems, ...messages] };
}

/** Returns the problems that both releases find in a mesh config. */
export function commonMeshProblems(mesh: CommonMesh, { connectLimit, isInvalidFailover }: MeshRules): readonly Problem<keyof CommonMesh>[] {
  const port = portProblem(mesh.proxyListenPort ?? 0);
  const { connectTimeout: connect } = mesh;
  const timeout = durationProblem(connect);
  const locality = localityProblem(mesh.localityLbSetting, isInvalidFailover);
  const hosts = (mesh.serviceSettings ?? []).flatMap((settings) => settings.hosts ?? []);
  const problems: Problem<keyof CommonMesh>[] = [];
  const add = (field: keyof CommonMesh, text: string, showsValue = false) => void problems.push({ field, text, showsValue });
  if (port !== undefined) add("proxyListenPort", `invalid proxy listen port: ${port}`, true);
  if (timeout !== undefined) add("connectTimeout", `invalid connect timeout: ${timeout}`);
  if (connect !== undefined && connect > connectLimit)
    add(
      "connectTimeout",
      `invalid connect timeout: time ${formatDuration(connect)} must be >1ms and <${formatDuration(connectLimit)}`,
      true,
    );
  if ((mesh.protocolDetectionTimeout ?? 0n) % MILLISECOND !== 0n)
    add("protocolDetectionTimeout", "invalid protocol detection timeout: only durations to ms precision are supported");
  if (locality !== undefined) add("localityLbSetting", `invalid localityLbSetting: ${locality}`);
  for (const host of hosts) if (!isWildcardName(host)) add("serviceSettings", `invalid host "${host}" in serviceSettings`);
  return problems;
}

/** Reports whether a host is a DNS name whose first label may be, or begin with, an asterisk. */
function isWildcardName(host: string): boolean {
  const [first = "", ...others] = host.split(".");
  const isFirst = first === "*" || (first.length <= 63 && isDnsLabel(first.replace(/^\*-?/, "")));
  return isFirst && host.length <= 255 && (others.length === 0 || isDnsName(others.join(".")));
}

function localityProblem(
  { distribute = [], failover = [], failoverPriority = [] }: NonNullable<CommonMesh["localityLbSetting"]> = {},
  isInvalidFailover: MeshRules["isInvalidFailover"],
): string | undefined {
  if (distribute.length > 0 && failover.length > 0) return "distribute and failover cannot both be set";
  const priority = failoverPriority.find((label) => TOPOLOGY_LABELS.includes(label));
  if (failover.length > 0 && priority !== undefined) return `failover and "${priority}" in failoverPriority cannot both be set`;
  for (const { to = {} } of distribute) {
    const weights = Object.values(to);
    const wrong = weights.find((weight) => weight < 1 || weight > 100);
    if (wrong !== undefined) return `a weight must be from 1 to 100, not ${wrong}`;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (sum !== 100) return `the weights of an item must add up to 100, not ${sum}`;
    const problem = overlapProblem(Object.keys(to));
    if (problem !== undefined) return problem;
  }
  const overlap = overlapProblem(distribute.map(({ from = "" }) => from));
  if (overlap !== undefined) return overlap;
  for (const { from = "", to = "" } of failover) {
    if (from === to) return `failover from "${from}" to itself`;
    if (isInvalidFailover(from, to)) return `failover is from region to region, not from "${from}" to "${to}"`;
  }
  return undefined;
}

/** The labels of a region, a zone and a subzone. */
export const TOPOLOGY_LABELS: readonly string[] = [
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "topology.istio.io/subzone",
];

/** Checks localities, region[/zone[/subzone]] with an optional asterisk at the end: none may contain another. */
function overlapProblem(localities: readonly string[]): string | undefined {
  const seen: string[] = [];
  for (const locality of localities) {
    if (/\*./.test(locality)) return `"${locality}" may have one asterisk, at its end`;
    if (!/^[^/]+(?:\/[^/]+(?:\/.+)?)?$/.test(locality)) return `"${locality}" lacks a region, zone or subzone`;
    const place = `${locality}/`;
    const isTaken = seen.some((other) => place.startsWith(other.replace(/(^|\/)\*\/$/, "$1")) || other.startsWith(place));
    if (isTaken) return `"${locality}" overlaps with another locality`;
    seen.push(place);
  }
  return undefined;
}
