import { ConfigError, UsageError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import { readVariables } from "../inputs/environment.ts";
import { type Inputs, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
import type { Annotations } from "../settings/annotations.ts";
import type { CommonConfig } from "../settings/common-config.ts";
import { decodeLayer, documentOf, type Layer, type Layered } from "../settings/layer.ts";
import type { Source } from "../settings/source.ts";
import type { Invocation } from "./invocation.ts";
import { readPodTexts } from "./pod-texts.ts";
import type { Profile, ProxyConfigRules } from "./profile.ts";
import type { Settings } from "./settings.ts";

/**
 * Reads the settings of an invocation and merges their layers, lowest first (contract 1.6 §5.2, 1.30 §5.2).
 * @throws UsageError for a bad role; ConfigError with every problem of every layer.
 */
export function readSettings(profile: Profile, invocation: Invocation, inputs: Inputs): Settings {
  const role = invocation.role ?? "sidecar";
  if (!profile.roles.includes(role)) throw new UsageError(profile.roleError(role));
  const notices: Notice[] = [];
  const pod = {
    labels: readPodTexts(inputs.files.labels, POD_LABELS_PATH, notices),
    annotations: readPodTexts(inputs.files.annotations, POD_ANNOTATIONS_PATH, notices),
  };
  const variables = readVariables(inputs.environment, profile.variables);
  notices.push(...variables.notices);
  const layered = layersOf(profile.proxyConfig, invocation, inputs, variables.values.PROXY_CONFIG, pod.annotations);
  notices.push(...layered.notices);
  if (layered.problems.length > 0) throw new ConfigError("Cannot use proxy config", layered.problems).withNotices(notices);
  const sources = new Map(layered.sources);
  const merged = profile.proxyConfig.applyFlags(layered.value, {
    flags: invocation.flags,
    variables: variables.values,
    note: (field, origin) => sources.set(field, { origin }),
  });
  const { rules } = profile;
  const { lookup: variableText } = inputs.environment;
  return Object.freeze({ invocation, inputs, role, ...pod, merged, sources, variables: variables.values, variableText, rules, notices });
}

interface Layers {
  readonly value: CommonConfig;
  readonly problems: readonly string[];
  readonly notices: readonly Notice[];
  readonly sources: ReadonlyMap<string, Source>;
}

function layersOf(
  rules: ProxyConfigRules,
  invocation: Invocation,
  inputs: Inputs,
  proxyConfig: string,
  annotations: Annotations | undefined,
): Layers {
  const problems: string[] = [];
  const unknown: string[] = [];
  const sources = new Map<string, Source>();
  let value = rules.defaults;
  const collect = (layered: Layered<CommonConfig>, source: Source) => {
    problems.push(...layered.problems);
    unknown.push(...layered.unknown);
    for (const field of layered.fields) sources.set(field, source);
  };
  const mesh = inputs.files.meshConfig;
  const path = invocation.flags.string("meshConfig");
  if (mesh.kind === "unreadable") problems.push(`Cannot read mesh config file "${path}": ${mesh.reason}`);
  if (mesh.kind === "text") {
    const origin = `mesh config file "${path}"`;
    const source = { origin, text: mesh.text, prefix: ["defaultConfig"] };
    const layered = rules.applyMeshFile(value, source);
    collect(layered, source);
    ({ value } = layered);
  }
  for (const layer of overlaysOf(rules, proxyConfig, annotations)) {
    const { document, problems: unreadable } = documentOf(layer);
    const decoded = decodeLayer(rules.schema, rules.carry(value), document, layer);
    problems.push(...unreadable);
    collect(decoded, layer);
    value = rules.merge(value, decoded.value);
  }
  // The release ignores unknown fields; --strict refuses them.
  if (invocation.switches.strict) return { value, problems: [...problems, ...unknown], notices: [], sources };
  return { value, problems, notices: unknown.map((text) => ({ level: "warn", text: `Ignoring ${text}` })), sources };
}

/** Returns the layers above the mesh config file, lowest first: the variable, then the pod annotations. */
function overlaysOf(rules: ProxyConfigRules, proxyConfig: string, annotations: Annotations | undefined): readonly Layer[] {
  const layers: readonly Layer[] = [
    { origin: "PROXY_CONFIG", text: proxyConfig },
    ...rules.annotations.map((name) => ({ origin: `pod annotation ${name}`, text: annotations?.get(name) ?? "" })),
  ];
  return layers.filter(({ text }) => text !== "");
}
