import type { FlagValues } from "../cli/flag.ts";
import { ConfigError, UsageError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import { atoi } from "../go/number.ts";
import { type PodTexts, parseDownwardApi } from "../inputs/downward-api.ts";
import { readVariables, type Values } from "../inputs/environment.ts";
import { type FileRead, type Inputs, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
import type { Answers } from "../inputs/questions.ts";
import type { AnnotationName, Annotations } from "../settings/annotations.ts";
import type { CommonConfig } from "../settings/common-config.ts";
import { decodeLayer, documentOf, fieldsIn, type Layer, problemMessages } from "../settings/layer.ts";
import type { MessageOf } from "../settings/message-of.ts";
import { type Source, type Sources, sourceOf } from "../settings/source.ts";
import { resolveStatsd } from "../settings/statsd.ts";
import type { Invocation, InvocationOf } from "./invocation.ts";
import type { CommonTables, Tables } from "./tables.ts";

/** All settings of a start before anything was asked of the machine. */
export type Settings<Of extends Tables = CommonTables> = SettingsOf<
  MessageOf<Of["proxyConfig"]>,
  FlagValues<Of["flags"]>,
  Values<Of["variables"]>
>;

/** The same by what it holds, so that the settings of a release are settings of any release, too. */
interface SettingsOf<Config, Flags, Variables> {
  readonly invocation: InvocationOf<Flags>;
  readonly inputs: Inputs;
  readonly role: string;
  readonly labels: PodTexts | undefined;
  readonly annotations: Annotations | undefined;
  /** ProxyConfig after all layers and flags, not validated. */
  readonly merged: Config;
  /** What set a field last, for messages. */
  readonly sources: Sources<keyof Config & string>;
  /** The profile's variables with their values. */
  readonly variables: Variables;
  /** The text of one of them as the environment has it; undefined where it is not set. */
  readonly variableText: (name: keyof Variables & string) => string | undefined;
  readonly notices: readonly Notice[];
}

/**
 * The settings of an invocation: every layer read and merged, lowest first (contract 1.6 §5.2, 1.30 §5.2).
 * @throws UsageError for a bad role; ConfigError with every problem of every layer.
 */
export function readSettings(invocation: Invocation, inputs: Inputs): Settings {
  const { profile } = invocation;
  const role = invocation.role ?? "sidecar";
  if (!profile.roles.includes(role)) throw new UsageError(profile.roleError(role));
  const notices: Notice[] = [];
  const pod = {
    labels: podTexts(inputs.files.labels, POD_LABELS_PATH, notices),
    annotations: podTexts(inputs.files.annotations, POD_ANNOTATIONS_PATH, notices),
  };
  const variables = readVariables(inputs.environment, profile.variables);
  notices.push(...variables.notices);
  const layered = layersOf(invocation, inputs, variables.values.PROXY_CONFIG, pod.annotations);
  notices.push(...layered.notices);
  if (layered.problems.length > 0) throw new ConfigError("Cannot use proxy config", layered.problems).withNotices(notices);
  const sources = new Map(layered.sources);
  const merged = profile.proxyConfig.applyFlags(layered.value, {
    flags: invocation.flags,
    variables: variables.values,
    note: (field, origin) => sources.set(field, { origin }),
  });
  const { get: variableText } = inputs.environment;
  return Object.freeze({ invocation, inputs, role, ...pod, merged, sources, variables: variables.values, variableText, notices });
}

/**
 * The ProxyConfig a start uses: statsd resolved, validated, then the two annotations that upstream applies afterwards.
 * @throws ConfigError naming every broken rule, with the origin of its value.
 */
export function finishConfig(settings: Settings, answers: Answers): { readonly config: CommonConfig; readonly notices: readonly Notice[] } {
  const { profile } = settings.invocation;
  const resolved = resolveStatsd(
    settings.merged,
    { origin: sourceOf(settings.sources, "statsdUdpAddress").origin, portProblem: profile.proxyConfig.statsdPortProblem },
    answers,
  );
  const broken = problemMessages(profile.proxyConfig.problems(resolved.config), resolved.config, (field) =>
    sourceOf<string>(settings.sources, field),
  );
  const annotated = applyAnnotations(resolved.config, settings.annotations, profile.proxyConfig.showsStatusPort);
  const problems = [...broken, ...annotated.problems];
  if (problems.length > 0) throw new ConfigError("Cannot use proxy config", problems);
  return { config: annotated.config, notices: [...resolved.notices, ...annotated.notices] };
}

const STATUS_PORT = "status.sidecar.istio.io/port" satisfies AnnotationName;

/**
 * Discovery address and status port of the pod's annotations: unchecked, a bad port is 0, which switches the status
 * server off (contract 1.6 §5.2 row 7, 1.30 §5.3). One that is no port is a problem where the bootstrap shows it, which
 * Envoy would refuse.
 */
export function applyAnnotations(
  config: CommonConfig,
  annotations: Annotations | undefined,
  isShown: boolean,
): { readonly config: CommonConfig; readonly problems: readonly string[]; readonly notices: readonly Notice[] } {
  const address = annotations?.get("sidecar.istio.io/discoveryAddress");
  const addressed = address === undefined ? config : { ...config, discoveryAddress: address };
  const port = annotations?.get(STATUS_PORT);
  if (port === undefined) return { config: addressed, problems: [], notices: [] };
  const parsed = atoi(port);
  const { statusPort: _, ...others } = addressed;
  const result = parsed.ok && parsed.value !== 0 ? { ...others, statusPort: parsed.value } : others;
  const isPort = parsed.ok && parsed.value >= 0 && parsed.value <= 65535;
  if (isPort) return { config: result, problems: [], notices: [] };
  const reason = parsed.ok ? `must be a port from 1 to 65535, or 0 for none: current value is ${JSON.stringify(port)}` : parsed.error;
  if (parsed.ok && isShown) return { config: result, problems: [`pod annotation ${STATUS_PORT} ${reason}`], notices: [] };
  const text = `Cannot use annotation ${STATUS_PORT}, the status server is disabled: ${reason}`;
  return { config: result, problems: [], notices: [{ level: "error", text }] };
}

function podTexts(file: FileRead, path: string, notices: Notice[]): PodTexts | undefined {
  if (file.kind === "missing") {
    notices.push({ level: "debug", text: `There is no "${path}", so the pod's are not known` });
    return undefined;
  }
  const warn = (text: string) => void notices.push({ level: "warn", text });
  if (file.kind === "text" && file.text.startsWith("\ufeff"))
    warn(`File "${path}" starts with a byte order mark, which becomes part of the first key: save it without the mark`);
  const skipped = (line: string, number: number) =>
    warn(`Ignoring line ${number} of "${path}", which is not key="value": ${JSON.stringify(line.slice(0, 40))}`);
  const parsed = file.kind === "text" ? parseDownwardApi(file.text, skipped) : { ok: false as const, error: file.reason };
  if (parsed.ok) return parsed.value;
  notices.push({ level: "warn", text: `Ignoring all of "${path}": ${parsed.error}` });
  return undefined;
}

interface Layers {
  readonly value: CommonConfig;
  readonly problems: readonly string[];
  readonly notices: readonly Notice[];
  readonly sources: ReadonlyMap<string, Source>;
}

function layersOf(invocation: Invocation, inputs: Inputs, proxyConfig: string, annotations: Annotations | undefined): Layers {
  const rules = invocation.profile.proxyConfig;
  const problems: string[] = [];
  const unknown: string[] = [];
  const sources = new Map<string, Source>();
  let value = rules.defaults;
  const mesh = inputs.files.meshConfig;
  const path = invocation.flags.string("meshConfig");
  if (mesh.kind === "unreadable") problems.push(`Cannot read mesh config file "${path}": ${mesh.reason}`);
  if (mesh.kind === "text") {
    const origin = `mesh config file "${path}"`;
    const source = { origin, text: mesh.text, prefix: ["defaultConfig"] };
    const layered = rules.applyMeshFile(value, source);
    ({ value } = layered);
    problems.push(...layered.problems);
    unknown.push(...layered.unknown);
    for (const field of layered.fields) sources.set(field, source);
  }
  const overlays: Layer[] = [
    { origin: "PROXY_CONFIG", text: proxyConfig },
    ...rules.annotations.map((name) => ({ origin: `pod annotation ${name}`, text: annotations?.get(name) ?? "" })),
  ];
  for (const layer of overlays) {
    if (layer.text === "") continue;
    const { document, problems: unreadable } = documentOf(layer);
    const decoded = decodeLayer(rules.schema, rules.carry(value), document, layer);
    problems.push(...unreadable, ...decoded.problems);
    unknown.push(...decoded.unknown);
    for (const field of fieldsIn(rules.schema, document)) sources.set(field, layer);
    value = rules.merge(value, decoded.value);
  }
  // What the release followed passes over is refused by --strict.
  if (invocation.switches.strict) return { value, problems: [...problems, ...unknown], notices: [], sources };
  return { value, problems, notices: unknown.map((text) => ({ level: "warn", text: `Ignoring ${text}` })), sources };
}
