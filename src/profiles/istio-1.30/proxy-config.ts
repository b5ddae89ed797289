import { isObject, sortedJson } from "../../go/json.ts";
import { parseInteger } from "../../go/number.ts";
import { hasRefusedCharacters, keyPositionIn } from "../../inputs/document.ts";
import { messageOf, optionalNumber, textOf, textsOf } from "../../settings/access.ts";
import {
  adminAndPolicyProblems,
  durationProblem,
  isWholeSeconds,
  mutualTlsProblems,
  type Problem,
  requiredProblems,
  sinksProblems,
  tracingProblems,
} from "../../settings/checks.ts";
import { brokenRules, decodeLayer, documentOf, fieldsIn, type Layer } from "../../settings/layer.ts";
import { COMMON_DEFAULTS } from "../../settings/messages.ts";
import { emptyRecord, type ProtoMessage, type ProtoValue } from "../../settings/schema.ts";
import type { FlagContext, ProxyConfigRules } from "../profile.ts";
import { PROXY_CONFIG } from "./proxy-config-schema.ts";

/** Headers members that a layer inherits from the one below when it does not set them (spec 1.30 §5.2). */
const INHERITED_HEADERS = ["forwardedClientCert", "requestId", "attemptCount", "server", "envoyDebugHeaders"];

/** How release 1.30 builds and judges its ProxyConfig (spec 1.30 §5). */
export const PROXY_CONFIG_RULES: ProxyConfigRules = {
  schema: PROXY_CONFIG,
  defaults: { ...COMMON_DEFAULTS, terminationDrainDuration: 5_000_000_000n, controlPlaneAuthPolicy: "MUTUAL_TLS" },
  annotations: ["proxy.istio.io/config"],
  showsStatusPort: true,
  carry: (below) => below,
  merge: mergeLayers,
  applyMeshFile,
  applyFlags,
  statsdPortProblem,
  problems,
};

/** proxyMetadata is a union, some members of proxyHeaders are inherited; every other field was replaced by the decoder. */
function mergeLayers(below: ProtoMessage, decoded: ProtoMessage): ProtoMessage {
  const result: Record<string, ProtoValue> = { ...decoded };
  const metadata = messageOf(below, "proxyMetadata");
  if (metadata !== undefined) result["proxyMetadata"] = unionOf(metadata, messageOf(decoded, "proxyMetadata"));
  const [before, after] = [messageOf(below, "proxyHeaders"), messageOf(decoded, "proxyHeaders")];
  if (before === undefined || after === undefined || before === after) return result;
  const inherited = Object.entries(before).filter(([name]) => INHERITED_HEADERS.includes(name));
  result["proxyHeaders"] = { ...Object.fromEntries(inherited), ...after };
  return result;
}

function unionOf(below: ProtoMessage, above: ProtoMessage | undefined): ProtoMessage {
  const result = emptyRecord<ProtoValue>();
  for (const [name, value] of [...Object.entries(below), ...Object.entries(above ?? {})]) result[name] = value;
  return result;
}

/** Only the key `defaultConfig` counts, zeros in it do too (spec 1.30 §5.2, mesh file specifics). */
function applyMeshFile(defaults: ProtoMessage, layer: Layer): ReturnType<ProxyConfigRules["applyMeshFile"]> {
  const { document, problems: unreadable } = documentOf(layer);
  const { meshProblems }: typeof import("./mesh-config.ts") = require("./mesh-config.ts");
  const mesh = meshProblems(document, layer, PROXY_CONFIG);
  const given = isObject(document) ? document["defaultConfig"] : undefined;
  const proxy = decodeLayer(PROXY_CONFIG, defaults, given ?? null, layer, ["defaultConfig"]);
  const refused =
    given !== undefined && hasRefusedCharacters(sortedJson(given))
      ? [`defaultConfig in ${layer.origin}: control characters are not allowed`]
      : [];
  const value = mergeLayers(defaults, proxy.value);
  const misnamed = isObject(document) && Object.hasOwn(document, "default_config") ? [misnamedConfig(layer)] : [];
  const invalid = brokenRules(problems(value), value, () => ({ origin: layer.origin, text: layer.text, prefix: ["defaultConfig"] }));
  return {
    value,
    problems: [...unreadable, ...mesh.problems, ...proxy.problems, ...refused, ...invalid],
    unknown: [...mesh.unknown, ...proxy.unknown, ...misnamed],
    fields: fieldsIn(PROXY_CONFIG, given),
  };
}

function misnamedConfig({ origin, text }: Layer): string {
  return `default_config in ${origin}${keyPositionIn(text, ["default_config"])}: release 1.30 reads only defaultConfig`;
}

/** ISTIO_CPU_LIMIT fills an unset concurrency, the flag beats both; --serviceCluster fills an explicitly empty one (spec 1.30 §5.3). */
function applyFlags(config: ProtoMessage, { flags, variables, note }: FlagContext): ProtoMessage {
  const result: Record<string, ProtoValue> = { ...config };
  const limit = Number(variables["ISTIO_CPU_LIMIT"]);
  if (optionalNumber(config, "concurrency") === undefined && limit !== 0) {
    result["concurrency"] = limit;
    note("concurrency", "ISTIO_CPU_LIMIT");
  }
  const wanted = flags.int("concurrency") | 0;
  if (wanted !== 0) {
    result["concurrency"] = wanted;
    note("concurrency", "--concurrency");
  }
  if (config["serviceCluster"] === "") {
    result["serviceCluster"] = flags.string("serviceCluster");
    note("serviceCluster", "--serviceCluster");
  }
  return result;
}

function statsdPortProblem(port: string): string | undefined {
  const parsed = parseInteger(port, 10, 32);
  return parsed.ok && parsed.value >= 0 && parsed.value <= 65535 ? undefined : `port "${port}" is not a number from 0 to 65535`;
}

/** Spec 1.30 §5.3 step 4. */
function problems(config: ProtoMessage): readonly Problem[] {
  const required = requiredProblems(config);
  return [
    ...required.paths,
    ...clusterProblems(config),
    ...drainProblems(config),
    ...required.discovery,
    ...tracingProblems(config, tlsProblems),
    ...sinksProblems(config),
    ...adminAndPolicyProblems(config, [
      ["proxyAdminPort", "proxy admin port"],
      ["statusPort", "status port"],
    ]),
    ...providerProblems(config),
  ];
}

function clusterProblems(config: ProtoMessage): readonly Problem[] {
  if (config["serviceCluster"] === undefined && config["tracingServiceName"] === undefined)
    return [{ field: "serviceCluster", text: "oneof service cluster or tracing service name must be specified" }];
  return config["tracingServiceName"] === undefined && textOf(config, "serviceCluster") === ""
    ? [{ field: "serviceCluster", text: "service cluster must be specified" }]
    : [];
}

function drainProblems(config: ProtoMessage): readonly Problem[] {
  const drain = config["drainDuration"];
  const value = typeof drain === "bigint" ? drain : undefined;
  const problem = durationProblem(value);
  if (problem !== undefined) return [{ field: "drainDuration", text: `invalid drain duration: ${problem}` }];
  return isWholeSeconds(value ?? 0n) ? [] : [{ field: "drainDuration", text: "drain time only supports durations to seconds precision" }];
}

/** TLS settings that contradict themselves (spec 1.30 §5.3 step 4). */
function tlsProblems(tls: ProtoMessage | undefined): readonly string[] {
  const mode = textOf(tls, "mode");
  const name = textOf(tls, "credentialName");
  const hasNames = textsOf(tls, "subjectAltNames").length > 0;
  const has = (...fields: readonly string[]) => fields.some((field) => textOf(tls, field) !== "");
  const isUnverified = tls?.["insecureSkipVerify"] === true;
  const problems: string[] = [];
  if (name.startsWith("configmap://")) problems.push("credentialName cannot be a ConfigMap, as a ProxyConfig is in no namespace");
  if (isUnverified && mode === "SIMPLE" && (hasNames || has("caCertificates", "credentialName")))
    problems.push("insecureSkipVerify excludes caCertificates, credentialName and subjectAltNames");
  if (isUnverified && mode === "MUTUAL" && (hasNames || has("caCertificates")))
    problems.push("insecureSkipVerify excludes caCertificates and subjectAltNames");
  if (name === "" || (mode !== "SIMPLE" && mode !== "MUTUAL")) return [...problems, ...mutualTlsProblems(tls)];
  if (has("clientCertificate", "caCertificates", "privateKey", "caCrl")) problems.push("credentialName excludes certificate and key files");
  return problems;
}

function providerProblems(config: ProtoMessage): readonly Problem[] {
  const provider = messageOf(config, "privateKeyProvider");
  if (provider === undefined) return [];
  const chosen = messageOf(provider, "cryptomb") ?? messageOf(provider, "qat");
  if (chosen === undefined)
    return [{ field: "privateKeyProvider", text: "private key provider: configuration of the provider must be set" }];
  const delay = chosen["pollDelay"];
  return delay === undefined || delay === 0n ? [{ field: "privateKeyProvider", text: "pollDelay is required" }] : [];
}
