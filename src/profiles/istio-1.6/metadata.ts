import type { Notice } from "../../common/notice.ts";
import type { KnownVariable } from "../../inputs/environment.ts";
import { localityOf, localityPath } from "../../node/locality.ts";
import { emitMetadata, labelsFromJson, rawMetadata, type TypedMetadata, textMap, typedMetadata } from "../../node/metadata.ts";
import { uniqueAddresses } from "../../node/node.ts";
import { encodeMessage } from "../../settings/encode.ts";
import { nodeAddresses } from "./addresses.ts";
import type { MetadataKey, Node, Schema, Start, VariableName } from "./contract.ts";
import { METADATA_KEYS } from "./metadata-keys.ts";
import { platformOf } from "./platform.ts";

const EXCHANGE_KEYS = "NAME NAMESPACE INSTANCE_IPS LABELS OWNER PLATFORM_METADATA WORKLOAD_NAME MESH_ID SERVICE_ACCOUNT CLUSTER_ID".split(
  " ",
);

/** Variables that are copied to typed keys (contract 1.6 §6.1 step 5). */
const DIRECT: readonly (readonly [name: VariableName | KnownVariable, keys: readonly MetadataKey[]])[] = [
  ["POD_NAME", ["NAME"]],
  ["POD_NAMESPACE", ["NAMESPACE", "CONFIG_NAMESPACE"]],
  ["ISTIO_META_OWNER", ["OWNER"]],
  ["ISTIO_META_WORKLOAD_NAME", ["WORKLOAD_NAME"]],
  ["SERVICE_ACCOUNT", ["SERVICE_ACCOUNT"]],
];

/** Returns identity, locality and metadata of the node (contract 1.6 §4, §6). @throws ConfigError for metadata of the wrong type. */
export function nodeOf(start: Start, schema: Schema): { readonly node: Node; readonly notices: readonly Notice[] } {
  const { settings, config } = start;
  const { flags } = settings.invocation;
  const addresses = nodeAddresses(settings.inputs.interfaces, settings.variables.INSTANCE_IP, flags.string("ip"));
  const { name, domain } = namesOf(start, addresses[0] ?? "");
  const id = `${settings.role}~${addresses[0] ?? ""}~${name}~${domain}`;
  const identity = { role: settings.role, id, cluster: config.serviceCluster ?? "", addresses };
  // With a custom config file nothing is generated and metadata are not read (contract 1.6 §8).
  if (!start.generates) return { node: { ...identity, locality: {}, metadata: {} }, notices: [] };
  const { metadata, locality, notices } = metadataOf(start, schema, addresses);
  return { node: { ...identity, locality, metadata }, notices };
}

/** Returns name and domain of the node for its registry (contract 1.6 §4.2, §4.3). */
function namesOf({ settings }: Start, first: string): { readonly name: string; readonly domain: string } {
  const { flags } = settings.invocation;
  const env = settings.variables;
  const registry = flags.string("serviceregistry");
  const [name, domain] =
    registry === "Kubernetes"
      ? [`${env.POD_NAME}.${env.POD_NAMESPACE}`, `${env.POD_NAMESPACE}.svc.cluster.local`]
      : registry === "Consul"
        ? [`${first}.service.consul`, "service.consul"]
        : [first, ""];
  return { name: flags.string("id") || name, domain: flags.string("domain") || domain };
}

function metadataOf(
  start: Start,
  schema: Schema,
  addresses: readonly string[],
): { readonly metadata: Node["metadata"]; readonly locality: Node["locality"]; readonly notices: readonly Notice[] } {
  const { settings, config, answers } = start;
  const { environment } = settings.inputs;
  const env = settings.variables;
  const platform = platformOf(env, answers.platform());
  const { raw, notices } = rawMetadata(environment, [], (name) => !name.startsWith("ISTIO_META_WORKLOAD"));
  const typed = typedMetadata(raw, METADATA_KEYS, 1, { environment });
  const labelNotices = setPod(typed, start);
  if (Object.keys(platform.metadata).length > 0) typed.set("PLATFORM_METADATA", platform.metadata);
  const more = settings.variableText("ISTIO_ADDITIONAL_METADATA_EXCHANGE_KEYS");
  typed.set("EXCHANGE_KEYS", [...EXCHANGE_KEYS, ...(more === undefined ? [] : more.split(","))].join(","));
  typed.set("INSTANCE_IPS", uniqueAddresses({ addresses }).join(","));
  typed.set("SDS", "true").set("TRUSTJWT", "true");
  const stsPort = settings.invocation.flags.int("stsPort");
  if (stsPort !== 0) typed.set("STS_PORT", String(stsPort));
  typed.set("PROXY_CONFIG", encodeMessage(schema, config, true));
  const label = textMap(typed, "LABELS")["istio-locality"] ?? "";
  const locality = label === "" ? localityOf(platform.region, platform.zone) : localityOf(...localityPath(label).split("/").slice(0, 3));
  return { metadata: emitMetadata({ raw, typed }), locality, notices: [...notices, ...labelNotices] };
}

/** Sets pod identity and labels; for each key the labels file takes precedence (contract 1.6 §6.1 steps 5 and 9). */
function setPod(typed: TypedMetadata<MetadataKey>, { settings }: Start): readonly Notice[] {
  const { environment } = settings.inputs;
  const notices: Notice[] = [];
  const given = environment.get("ISTIO_METAJSON_LABELS");
  if (given !== undefined) {
    const read = labelsFromJson("ISTIO_METAJSON_LABELS", given);
    notices.push(...read.notices);
    if (Object.keys(read.labels).length > 0) typed.set("LABELS", read.labels);
  }
  for (const [name, keys] of DIRECT) {
    const value = environment.lookup(name);
    if (value !== undefined) for (const key of keys) typed.set(key, value);
  }
  if (settings.labels !== undefined) {
    const labels = textMap(typed, "LABELS");
    for (const [key, value] of settings.labels) labels[key] = value;
    typed.set("LABELS", labels);
  }
  return notices;
}
