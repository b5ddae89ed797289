import { ConfigError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import { atoi } from "../go/number.ts";
import type { Answers } from "../inputs/questions.ts";
import type { AnnotationName, Annotations } from "../settings/annotations.ts";
import type { CommonConfig } from "../settings/common-config.ts";
import { problemMessages } from "../settings/layer.ts";
import { sourceOf } from "../settings/source.ts";
import { resolveStatsd } from "../settings/statsd.ts";
import type { Profile } from "./profile.ts";
import type { Settings } from "./settings.ts";

/**
 * Returns the ProxyConfig of a start: resolves statsd, validates, then applies the two annotations that upstream applies last.
 * @throws ConfigError with every problem and the origin of its value
 */
export function finishConfig(
  { proxyConfig }: Profile,
  settings: Settings,
  answers: Answers,
): { readonly config: CommonConfig; readonly notices: readonly Notice[] } {
  const resolved = resolveStatsd(
    settings.merged,
    { origin: sourceOf(settings.sources, "statsdUdpAddress").origin, portProblem: proxyConfig.statsdPortProblem },
    answers,
  );
  const broken = problemMessages(proxyConfig.problems(resolved.config), resolved.config, (field) =>
    sourceOf<string>(settings.sources, field),
  );
  const annotated = applyAnnotations(resolved.config, settings.annotations, proxyConfig.showsStatusPort);
  const problems = [...broken, ...annotated.problems];
  if (problems.length > 0) throw new ConfigError("Cannot use proxy config", problems);
  return { config: annotated.config, notices: [...resolved.notices, ...annotated.notices] };
}

const STATUS_PORT = "status.sidecar.istio.io/port" satisfies AnnotationName;

/**
 * Applies the pod annotations for discovery address and status port without checks: an invalid port is 0, which switches the
 * status server off (contract 1.6 §5.2 row 7, 1.30 §5.3). A number that is not a port is a problem if the bootstrap has it
 * (`isShown`), because Envoy would refuse it.
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
