import type { Notice } from "../../common/notice.ts";
import type { JsonObject } from "../../go/json-value.ts";
import { localityOf, localityPath } from "../../node/locality.ts";
import { emitMetadata, labelsFromJson, rawMetadata, type TypedMetadata, textIn, textMap, typedMetadata } from "../../node/metadata.ts";
import { uniqueAddresses } from "../../node/node.ts";
import { pilotSan } from "../../node/pilot-san.ts";
import type { Platform } from "../../node/platform.ts";
import { encodeMessage } from "../../settings/encode.ts";
import { sourceOf } from "../../settings/source.ts";
import { nodeAddresses } from "./addresses.ts";
import { clusterName } from "./cluster-name.ts";
import type { MetadataKey, Node, Start, Variables } from "./contract.ts";
import { platformOf } from "./platform.ts";
import { CREDENTIAL_SOCKET, FILES_ONLY_KEY, isFilesOnly } from "./trust.ts";

type Typed = TypedMetadata<MetadataKey>;

/**
 * Returns identity, locality and metadata of the node (contract 1.30 §4.3, §6, §7.2). `version`: what is reported if no image has one.
 * @throws ConfigError for metadata of the wrong type
 */
export function nodeOf(
  start: Start,
  version: string,
): { readonly node: Node; readonly typed: () => JsonObject; readonly notices: readonly Notice[] } {
  const { settings, config, answers } = start;
  const { variables: env, rules } = settings;
  const platform = platformOf(env, answers);
  const addresses = nodeAddresses(settings.inputs.interfaces, settings.variables.INSTANCE_IP, settings.annotations);
  const base = Object.entries(config.proxyMetadata ?? {});
  const { raw, notices } = rawMetadata(settings.inputs.environment, base, () => true);
  const added = rules.addedMetadata(start);
  for (const name of Object.keys(added.raw)) raw.set(name, added.raw[name]);
  const typed: Typed = typedMetadata(raw, { ...rules.metadataKeys, PROXY_CONFIG: rules.proxyConfig }, 255, {
    environment: settings.inputs.environment,
    proxyMetadata: sourceOf(settings.sources, "proxyMetadata"),
  });
  setOptions(typed, start, addresses, version);
  addNumbers(typed, added.typed);
  const labelNotices = setPod(typed, start, platform);
  const locality = setLocality(typed, platform, rules.localityLabels);
  if (answers.socket(CREDENTIAL_SOCKET) === "healthy") raw.set("credential", "true");
  if (isFilesOnly(start)) raw.set(FILES_ONLY_KEY, "true");
  const [first, domain] = [addresses[0] ?? "", settings.invocation.flags.string("domain") || `${env.POD_NAMESPACE}.svc.cluster.local`];
  const node: Node = {
    role: settings.role,
    id: `${settings.role}~${first}~${env.POD_NAME}.${env.POD_NAMESPACE}~${domain}`,
    cluster: clusterName(config, {
      labels: textMap(typed, "LABELS"),
      from: rules.clusterLabels,
      workload: textIn(typed, "WORKLOAD_NAME"),
      namespace: textIn(typed, "NAMESPACE"),
    }),
    locality,
    metadata: emitMetadata({ raw, typed }),
    addresses,
  };
  return { node, typed: () => emitMetadata({ raw: new Map(), typed }), notices: [...notices, ...labelNotices] };
}

/** Sets the keys that the agent's own options overwrite (contract 1.30 §6.1 steps 5, 6, 12, 14). */
function setOptions(typed: Typed, { settings, config }: Start, addresses: readonly string[], version: string): void {
  const { variables: env, rules } = settings;
  const { flags } = settings.invocation;
  if (textIn(typed, "ISTIO_VERSION") === "") typed.set("ISTIO_VERSION", version);
  typed.set("INSTANCE_IPS", uniqueAddresses({ addresses }).join(","));
  if (flags.int("stsPort") !== 0) typed.set("STS_PORT", String(flags.int("stsPort")));
  typed.set("ENVOY_STATUS_PORT", env.ENVOY_STATUS_PORT);
  typed.set("ENVOY_PROMETHEUS_PORT", env.ENVOY_PROMETHEUS_PORT);
  typed.set("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", env.EXIT_ON_ZERO_ACTIVE_CONNECTIONS ? "true" : "");
  typed.set("ENVOY_SKIP_DEPRECATED_LOGS", env.ENVOY_SKIP_DEPRECATED_LOGS ? "true" : "");
  typed.set("WORKLOAD_IDENTITY_SOCKET_FILE", env.WORKLOAD_IDENTITY_SOCKET_FILE);
  typed.set("PROXY_CONFIG", encodeMessage(rules.proxyConfig, config, false));
  typed.set("METADATA_DISCOVERY", String(wantsMetadataDiscovery(settings, env) ?? textIn(typed, "ENABLE_HBONE") === "true"));
  typed.set("OUTLIER_LOG_PATH", flags.string("outlierLogPath"));
  typed.set("PILOT_SAN", config.controlPlaneAuthPolicy === "MUTUAL_TLS" ? [pilotSan(config.discoveryAddress ?? "")] : []);
}

/** Returns the variable's value; undefined where it is unset, then HBONE decides. An invalid value is false, the default. */
function wantsMetadataDiscovery(settings: Start["settings"], env: Variables): boolean | undefined {
  return settings.variableText("PEER_METADATA_DISCOVERY") === undefined ? undefined : env.PEER_METADATA_DISCOVERY;
}

/** Sets keys of the release, which the types of the others do not have. */
function addNumbers(typed: TypedMetadata<string>, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) typed.set(name, value);
}

const NO_LABELS: ReturnType<typeof labelsFromJson> = { labels: {}, notices: [] };

/** Sets pod identity, labels and annotations (contract 1.30 §6.1 steps 7 to 10). */
function setPod(typed: Typed, { settings }: Start, platform: Platform): readonly Notice[] {
  const { environment } = settings.inputs;
  const given = environment.get("ISTIO_METAJSON_LABELS");
  const { labels: read, notices } = given === undefined ? NO_LABELS : labelsFromJson("ISTIO_METAJSON_LABELS", given);
  const shared = Object.keys(read).length > 0;
  if (shared) typed.set("LABELS", read).set("STATIC_LABELS", read);
  const copy = (name: "POD_NAME" | "POD_NAMESPACE" | "SERVICE_ACCOUNT", key: MetadataKey) => {
    const value = settings.variableText(name);
    if (value !== undefined) typed.set(key, value);
  };
  copy("POD_NAME", "NAME");
  copy("POD_NAMESPACE", "NAMESPACE");
  copy("SERVICE_ACCOUNT", "SERVICE_ACCOUNT");
  if (Object.keys(platform.metadata).length > 0) typed.set("PLATFORM_METADATA", platform.metadata);
  if (settings.labels !== undefined) {
    const labels = textMap(typed, "STATIC_LABELS");
    for (const [key, value] of settings.labels) if (key !== "pod-template-hash") labels[key] = value;
    typed.set("LABELS", labels);
  }
  const annotations = textMap(typed, "ANNOTATIONS");
  for (const [key, value] of settings.annotations ?? []) annotations[key] = value;
  typed.set("ANNOTATIONS", annotations);
  return notices;
}

/** Returns the locality of the first of these labels, written back with slashes, or else of the platform (contract 1.30 §6.1 step 11). */
function setLocality(typed: Typed, platform: Platform, from: readonly string[]): Node["locality"] {
  const labels = textMap(typed, "LABELS");
  const label = from.map((name) => labels[name]).find((value) => value !== undefined) ?? "";
  if (label === "") return localityOf(platform.region, platform.zone);
  const aliased = typed.get("LABELS") === typed.get("STATIC_LABELS");
  labels["istio-locality"] = localityPath(label);
  typed.set("LABELS", labels);
  if (aliased) typed.set("STATIC_LABELS", labels);
  return localityOf(...localityPath(label).split("/").slice(0, 3));
}
