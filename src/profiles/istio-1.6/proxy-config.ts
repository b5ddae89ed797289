import { formatDuration } from "../../go/duration.ts";
import { isObject, sortedJson } from "../../go/json.ts";
import { hasForbiddenCharacters } from "../../inputs/document.ts";
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
import { decodeInto } from "../../settings/decode.ts";
import { encodeMessage } from "../../settings/encode.ts";
import { decodeLayer, documentOf, type Layer, problemMessages } from "../../settings/layer.ts";
import type { MessageOf } from "../../settings/message-of.ts";
import { isMessage, type MessageSchema, type ProtoMessage, type ProtoValue } from "../../settings/schema.ts";
import type { Changes } from "./changes.ts";
import type { Config, FlagContext, Problem, ProxyConfigRules, Schema } from "./contract.ts";
import { schemaOfRelease } from "./schema-of-release.ts";

const HOUR = 3_600_000_000_000n;

/** How release 1.6 builds and validates its ProxyConfig (contract 1.6 §5). */
export function proxyConfigRules({ terminationDrain }: Changes): ProxyConfigRules {
  const schema = schemaOfRelease(terminationDrain);
  return {
    schema,
    // Upstream's concurrency of 2 never counts: the flag always wins.
    defaults: {
      ...COMMON_DEFAULTS,
      parentShutdownDuration: 60_000_000_000n,
      ...(terminationDrain ? { terminationDrainDuration: 5_000_000_000n } : {}),
      tracing: { zipkin: { address: "zipkin.istio-system:9411" } },
      envoyAccessLogService: {},
      envoyMetricsService: {},
    },
    // 1.6.0 reads only the first, every later release only the second.
    annotations: ["istio.io/proxyConfig", "proxy.istio.io/config"],
    showsStatusPort: false,
    carry: (below) => withoutEmptyMaps(schema, below),
    merge: (_, decoded) => decoded,
    applyMeshFile: (defaults, layer) => applyMeshFile(schema, defaults, layer),
    applyFlags,
    statsdPortProblem: () => undefined,
    problems,
  };
}

/**
 * `defaultConfig` of the file replaces the defaults, is written out again without its zeros and laid over the defaults:
 * what it leaves out is the default again (contract 1.6 §5.7).
 */
function applyMeshFile(schema: Schema, defaults: Config, layer: Layer): ReturnType<ProxyConfigRules["applyMeshFile"]> {
  const { document, problems: unreadable } = documentOf(layer);
  const { meshProblems }: typeof import("./mesh-config.ts") = require("./mesh-config.ts");
  const mesh = meshProblems(document, layer, schema);
  const key = isObject(document) && Object.hasOwn(document, "defaultConfig") ? "defaultConfig" : "default_config";
  const given = isObject(document) ? document[key] : undefined;
  const proxy = decodeLayer(schema, {}, given ?? null, layer, { prefix: [key] });
  const again = encodeMessage(schema, proxy.value, true);
  const refused = hasForbiddenCharacters(sortedJson(again)) ? [`${key} in ${layer.origin}: control characters are not allowed`] : [];
  const { value } = decodeInto(schema, defaults, again);
  const invalid = problemMessages(problems(value), value, () => ({ origin: layer.origin, text: layer.text, prefix: [key] }));
  return {
    value,
    problems: [...unreadable, ...mesh.problems, ...proxy.problems, ...refused, ...invalid],
    unknown: [...mesh.unknown, ...proxy.unknown],
    fields: proxy.fields,
  };
}

/** Upstream copies a message before it decodes another layer into it, and the copy has lost its empty maps (recorded, not in the spec). */
function withoutEmptyMaps<Of extends MessageSchema>(schema: Of, message: MessageOf<Of>): MessageOf<Of>;
function withoutEmptyMaps(schema: MessageSchema, message: ProtoMessage): ProtoMessage {
  const kept: Record<string, ProtoValue> = { ...message };
  for (const name of Object.keys(message)) {
    const type = schema.fields[name];
    const nested = message[name];
    if (typeof type !== "object" || !isMessage(nested)) continue;
    if ("message" in type) kept[name] = withoutEmptyMaps(type.message(), nested);
    else if ("map" in type && Object.keys(nested).length === 0) delete kept[name];
  }
  return kept;
}

/** Two flags always win, their defaults included (contract 1.6 §5.2 row 5). */
function applyFlags(config: Config, { flags, note }: FlagContext): Config {
  const { concurrency: _, serviceCluster: __, ...others } = config;
  const concurrency = flags.int("concurrency") | 0;
  const serviceCluster = flags.string("serviceCluster");
  note("concurrency", "--concurrency");
  note("serviceCluster", "--serviceCluster");
  return { ...others, ...(concurrency === 0 ? {} : { concurrency }), ...(serviceCluster === "" ? {} : { serviceCluster }) };
}

/** contract 1.6 §5.5, in its order. */
function problems(config: Config): readonly Problem[] {
  const required = requiredProblems(config);
  const cluster: Problem = { field: "serviceCluster", text: "service cluster must be set" };
  return [
    ...required.paths,
    ...((config.serviceCluster ?? "") === "" ? [cluster] : []),
    ...durationProblems(config).map((problem) => ({ ...problem, text: `invalid parent and drain time combination ${problem.text}` })),
    ...required.discovery,
    ...tracingProblems(config, mutualTlsProblems(config.tracing?.tlsSettings ?? {})),
    ...sinksProblems(config),
    ...adminAndPolicyProblems(config, [["proxyAdminPort", "proxy admin port"]]),
  ];
}

function durationProblems(config: Config): readonly Problem[] {
  const pair = (["drainDuration", "parentShutdownDuration"] as const).map((field) => ({ field, value: config[field] }));
  const names = { drainDuration: "drain", parentShutdownDuration: "parent shutdown" } as const;
  const invalid = pair.flatMap(({ field, value }) => {
    const problem = durationProblem(value);
    return problem === undefined ? [] : [{ field, text: `invalid ${names[field]} duration: ${problem}` }];
  });
  if (invalid.length > 0) return invalid;
  const { drainDuration: drain = 0n, parentShutdownDuration: parent = 0n } = config;
  const field = "parentShutdownDuration" as const;
  return [
    ...pair
      .filter(({ value }) => !isWholeSeconds(value ?? 0n))
      .map((each) => ({ field: each.field, text: `${names[each.field]} time only supports durations to seconds precision` })),
    ...(parent > drain
      ? []
      : [
          {
            field,
            text: `parent shutdown time ${formatDuration(parent)} must be greater than drain time ${formatDuration(drain)}`,
            showsValue: true,
          },
        ]),
    ...(drain > HOUR
      ? [{ field: "drainDuration" as const, text: `drain time ${formatDuration(drain)} must be <1h0m0s`, showsValue: true }]
      : []),
    ...(parent > HOUR ? [{ field, text: `parent shutdown time ${formatDuration(parent)} must be <1h0m0s`, showsValue: true }] : []),
  ];
}
