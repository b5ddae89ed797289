import { formatDuration, MILLISECOND } from "../go/duration.ts";
import { isObject } from "../go/json.ts";
import { durationProblem, isDnsLabel, isDnsName, type Problem, portProblem } from "./checks.ts";
import type { Home } from "./finding-words.ts";
import { brokenRules, decodeLayer, type Layer, type Layered } from "./layer.ts";
import type { MessageOf, PathOf } from "./message-of.ts";
import type { MessageSchema } from "./schema.ts";

/** What is looked at of a mesh config in both releases; each has more. */
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

/** The rules of both releases, as far as they differ. */
export interface MeshRules {
  /** The longest connectTimeout, in nanoseconds. */
  readonly connectLimit: bigint;
  /** Whether a failover between different names is not one between regions. */
  readonly isWrongFailover: (from: string, to: string) => boolean;
}

/** The mesh config of a release: its fields, what they hold before the file, and what is wrong with one. */
export interface MeshConfig<Schema extends MessageSchema> {
  readonly schema: Schema;
  readonly defaults: MessageOf<Schema>;
  readonly problems: (mesh: MessageOf<Schema>) => readonly Problem<PathOf<MessageOf<Schema>>>[];
}

/** A mesh config from its parts; the schema of the fields says what the others may be. */
export function meshConfig<const Schema extends MessageSchema>(config: MeshConfig<Schema>): MeshConfig<Schema> {
  return config;
}

/**
 * The problems of a mesh config outside its `defaultConfig`: a file may be refused for them, though nothing else of it
 * is used (contract 1.6 §5.6, 1.30 §5.2). A field that is unknown there may have been meant for `proxyConfig`.
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
  const others: readonly Home[] = [{ prefix: ["defaultConfig"], schema: proxyConfig }];
  const decoded = decodeLayer(schema, defaults, rest, layer, [], others);
  const broken = brokenRules(problems(decoded.value), decoded.value, () => ({ origin: layer.origin, text: layer.text }));
  return { ...decoded, problems: [...decoded.problems, ...broken] };
}

/** What is wrong with a mesh config in both releases. */
export function commonMeshProblems(mesh: CommonMesh, { connectLimit, isWrongFailover }: MeshRules): readonly Problem<keyof CommonMesh>[] {
  const port = portProblem(mesh.proxyListenPort ?? 0);
  const { connectTimeout: connect } = mesh;
  const timeout = durationProblem(connect);
  const locality = localityProblem(mesh.localityLbSetting, isWrongFailover);
  const hosts = (mesh.serviceSettings ?? []).flatMap((settings) => settings.hosts ?? []);
  const problems: Problem<keyof CommonMesh>[] = [];
  const add = (field: keyof CommonMesh, text: string) => void problems.push({ field, text });
  if (port !== undefined) add("proxyListenPort", `invalid proxy listen port: ${port}`);
  if (timeout !== undefined) add("connectTimeout", `invalid connect timeout: ${timeout}`);
  if (connect !== undefined && connect > connectLimit)
    add("connectTimeout", `invalid connect timeout: time ${formatDuration(connect)} must be >1ms and <${formatDuration(connectLimit)}`);
  if ((mesh.protocolDetectionTimeout ?? 0n) % MILLISECOND !== 0n)
    add("protocolDetectionTimeout", "invalid protocol detection timeout: only durations to ms precision are supported");
  if (locality !== undefined) add("localityLbSetting", `invalid localityLbSetting: ${locality}`);
  for (const host of hosts) if (!isWildcardName(host)) add("serviceSettings", `invalid host "${host}" in serviceSettings`);
  return problems;
}

/** A DNS name whose first label may be, or begin with, an asterisk. */
function isWildcardName(host: string): boolean {
  const [first = "", ...others] = host.split(".");
  const isFirst = first === "*" || (first.length <= 63 && isDnsLabel(first.replace(/^\*-?/, "")));
  return isFirst && host.length <= 255 && (others.length === 0 || isDnsName(others.join(".")));
}

function localityProblem(
  { distribute = [], failover = [], failoverPriority = [] }: NonNullable<CommonMesh["localityLbSetting"]> = {},
  isWrongFailover: MeshRules["isWrongFailover"],
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
    if (isWrongFailover(from, to)) return `failover is from region to region, not from "${from}" to "${to}"`;
  }
  return undefined;
}

const TOPOLOGY_LABELS = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

/** Localities are region[/zone[/subzone]], of which the last part may be an asterisk; none lies within one before it, or holds it. */
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
