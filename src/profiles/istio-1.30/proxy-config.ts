import { isObject, sortedJson } from "../../go/json.ts";
import { parseInteger } from "../../go/number.ts";
import { hasForbiddenCharacters, keyPositionIn } from "../../inputs/document.ts";
import {
  adminAndPolicyProblems,
  durationProblem,
  isWholeSeconds,
  mutualTlsProblems,
  requiredProblems,
  sinksProblems,
  tracingProblems,
} from "../../settings/checks.ts";
import { COMMON_DEFAULTS } from "../../settings/common-config.ts";
import { decodeLayer, documentOf, type Layer, problemMessages } from "../../settings/layer.ts";
import { emptyRecord } from "../../settings/schema.ts";
import type { Config, FlagContext, Problem, ProxyConfigRules, TlsSettings } from "./contract.ts";
import type { Rules } from "./rules.ts";

/** Members of proxyHeaders that a layer inherits from the one below (contract 1.30 §5.2). */
const INHERITED_HEADERS: readonly string[] = [
  "forwardedClientCert",
  "requestId",
  "attemptCount",
  "server",
  "envoyDebugHeaders",
] satisfies (keyof NonNullable<Config["proxyHeaders"]>)[];

/** Returns how a release builds and validates its ProxyConfig (contract 1.30 §5). */
export function proxyConfigRules(rules: Rules): ProxyConfigRules {
  const problems = (config: Config) => [...problemsOf(config), ...rules.addedProblems(config)];
  return {
    schema: rules.proxyConfig,
    defaults: { ...COMMON_DEFAULTS, terminationDrainDuration: 5_000_000_000n, controlPlaneAuthPolicy: "MUTUAL_TLS" },
    annotations: ["proxy.istio.io/config"],
    showsStatusPort: true,
    carry: (below) => below,
    merge: mergeLayers,
    applyMeshFile: (defaults, layer) => applyMeshFile(rules, problems, defaults, layer),
    applyFlags,
    statsdPortProblem,
    problems,
  };
}

/** Merges proxyMetadata and inherits some members of proxyHeaders; the decoder has replaced all other fields. */
function mergeLayers(below: Config, decoded: Config): Config {
  const metadata = below.proxyMetadata;
  const result = metadata === undefined ? decoded : { ...decoded, proxyMetadata: unionOf(metadata, decoded.proxyMetadata) };
  const [before, after] = [below.proxyHeaders, decoded.proxyHeaders];
  if (before === undefined || after === undefined || before === after) return result;
  const inherited = Object.entries(before).filter(([name]) => INHERITED_HEADERS.includes(name));
  return { ...result, proxyHeaders: { ...Object.fromEntries(inherited), ...after } };
}

type TextMap = Readonly<Record<string, string>>;

function unionOf(below: TextMap, above: TextMap = {}): TextMap {
  const result = emptyRecord<string>();
  for (const [name, value] of [...Object.entries(below), ...Object.entries(above)]) result[name] = value;
  return result;
}

/** Reads only the key `defaultConfig`; zeros count (contract 1.30 §5.2). */
function applyMeshFile(
  rules: Rules,
  problems: ProxyConfigRules["problems"],
  defaults: Config,
  layer: Layer,
): ReturnType<ProxyConfigRules["applyMeshFile"]> {
  const { document, problems: unreadable } = documentOf(layer);
  const { proxyConfig: schema } = rules;
  const mesh = rules.meshProblems(document, layer, schema);
  const given = isObject(document) ? document["defaultConfig"] : undefined;
  const proxy = decodeLayer(schema, defaults, given ?? null, layer, { prefix: ["defaultConfig"] });
  const refused =
    given !== undefined && hasForbiddenCharacters(sortedJson(given))
      ? [`defaultConfig in ${layer.origin}: control characters are not allowed`]
      : [];
  const value = mergeLayers(defaults, proxy.value);
  const misnamed = isObject(document) && Object.hasOwn(document, "default_config") ? [misnamedConfig(layer)] : [];
  const invalid = problemMessages(problems(value), value, () => ({ origin: layer.origin, text: layer.text, prefix: ["defaultConfig"] }));
  return {
    value,
    problems: [...unreadable, ...mesh.problems, ...proxy.problems, ...refused, ...invalid],
    unknown: [...mesh.unknown, ...proxy.unknown, ...misnamed],
    fields: proxy.fields,
  };
}

function misnamedConfig({ origin, text }: Layer): string {
  return `default_config in ${origin}${keyPositionIn(text, ["default_config"])}: release 1.30 reads only defaultConfig`;
}

/** ISTIO_CPU_LIMIT sets an unset concurrency, --concurrency takes precedence; --serviceCluster replaces an explicitly empty one (contract 1.30 §5.3). */
function applyFlags(config: Config, { flags, variables, note }: FlagContext): Config {
  let result = config;
  const limit = variables.ISTIO_CPU_LIMIT;
  if (config.concurrency === undefined && limit !== 0) {
    result = { ...result, concurrency: limit };
    note("concurrency", "ISTIO_CPU_LIMIT");
  }
  const wanted = flags.int("concurrency") | 0;
  if (wanted !== 0) {
    result = { ...result, concurrency: wanted };
    note("concurrency", "--concurrency");
  }
  if (result.serviceCluster === "") {
    result = { ...result, serviceCluster: flags.string("serviceCluster") };
    note("serviceCluster", "--serviceCluster");
  }
  return result;
}

function statsdPortProblem(port: string): string | undefined {
  const parsed = parseInteger(port, 10, 32);
  return parsed.ok && parsed.value >= 0 && parsed.value <= 65535 ? undefined : `port "${port}" is not a number from 0 to 65535`;
}

/** contract 1.30 §5.3 step 4. */
function problemsOf(config: Config): readonly Problem[] {
  const required = requiredProblems(config);
  return [
    ...required.paths,
    ...clusterProblems(config),
    ...drainProblems(config.drainDuration),
    ...required.discovery,
    ...tracingProblems(config, tlsProblems(config.tracing?.tlsSettings)),
    ...sinksProblems(config),
    ...adminAndPolicyProblems(config, [
      ["proxyAdminPort", "proxy admin port"],
      ["statusPort", "status port"],
    ]),
    ...providerProblems(config.privateKeyProvider),
  ];
}

function clusterProblems({ serviceCluster, tracingServiceName }: Config): readonly Problem[] {
  if (tracingServiceName !== undefined) return [];
  if (serviceCluster === undefined)
    return [{ field: "serviceCluster", text: "oneof service cluster or tracing service name must be specified" }];
  return serviceCluster === "" ? [{ field: "serviceCluster", text: "service cluster must be specified" }] : [];
}

function drainProblems(drain: Config["drainDuration"]): readonly Problem[] {
  const problem = durationProblem(drain);
  if (problem !== undefined) return [{ field: "drainDuration", text: `invalid drain duration: ${problem}` }];
  return isWholeSeconds(drain ?? 0n) ? [] : [{ field: "drainDuration", text: "drain time only supports durations to seconds precision" }];
}

/** Returns the contradictions in TLS settings (contract 1.30 §5.3 step 4). */
function tlsProblems(tls: TlsSettings = {}): readonly string[] {
  const { mode, credentialName: name = "", insecureSkipVerify: isUnverified = false } = tls;
  const hasNames = (tls.subjectAltNames ?? []).length > 0;
  const isAny = (...texts: readonly (string | undefined)[]) => texts.some((text) => text !== undefined && text !== "");
  const problems: string[] = [];
  if (name.startsWith("configmap://")) problems.push("credentialName cannot be a ConfigMap, because a ProxyConfig has no namespace");
  if (isUnverified && mode === "SIMPLE" && (hasNames || isAny(tls.caCertificates, name)))
    problems.push("insecureSkipVerify cannot be combined with caCertificates, credentialName and subjectAltNames");
  if (isUnverified && mode === "MUTUAL" && (hasNames || isAny(tls.caCertificates)))
    problems.push("insecureSkipVerify cannot be combined with caCertificates and subjectAltNames");
  if (name === "" || (mode !== "SIMPLE" && mode !== "MUTUAL")) return [...problems, ...mutualTlsProblems(tls)];
  if (isAny(tls.clientCertificate, tls.caCertificates, tls.privateKey, tls.caCrl))
    problems.push("credentialName cannot be combined with certificate and key files");
  return problems;
}

function providerProblems(provider: Config["privateKeyProvider"]): readonly Problem[] {
  if (provider === undefined) return [];
  const chosen = provider.cryptomb ?? provider.qat;
  if (chosen === undefined)
    return [{ field: "privateKeyProvider", text: "private key provider: configuration of the provider must be set" }];
  const { pollDelay = 0n } = chosen;
  return pollDelay === 0n ? [{ field: "privateKeyProvider", text: "pollDelay is required" }] : [];
}
