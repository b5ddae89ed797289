import { fieldOf, type SocketAddress, socketAddress } from "../../bootstrap/address.ts";
import { keepaliveOf } from "../../bootstrap/keepalive.ts";
import { isObject } from "../../go/json.ts";
import type { JsonObject } from "../../go/json-value.ts";
import { cleanPath, joinPath } from "../../go/path.ts";
import type { Node } from "../../node/node.ts";
import { messageOf, textOf } from "../../settings/access.ts";
import type { Problem } from "../../settings/checks.ts";
import type { ProtoMessage } from "../../settings/schema.ts";
import type { Bootstrap } from "../profile.ts";
import { transportSocket } from "./tls.ts";
import type { Variables } from "./variables.ts";

/** A service Envoy sends to: its address, and how it talks to it. */
export interface Service {
  readonly address: SocketAddress;
  readonly transportSocket?: JsonObject;
  readonly connectionOptions?: JsonObject;
}

export type Tracer = Service & { readonly kind: "zipkin" | "lightstep" | "datadog"; readonly tokenFile?: string };

/** An address of the bootstrap, `$(HOST_IP)` filled in; undefined, and a problem more, for one that cannot be used (spec 1.30 §7.6). */
export function addressFrom(parameter: string, address: string, env: Variables, problems: Problem[]): SocketAddress | undefined {
  const parsed = socketAddress(parameter, address);
  if (!parsed.ok) {
    problems.push({ field: fieldOf(parameter), text: parsed.error });
    return undefined;
  }
  return parsed.value.address === "$(HOST_IP)" && env.HOST_IP !== "" ? { ...parsed.value, address: env.HOST_IP } : parsed.value;
}

/** What the bootstrap sends data to, as far as it is configured. */
export interface Services {
  readonly tracer?: Tracer;
  readonly statsd?: SocketAddress;
  readonly metricsService?: Service;
  readonly accessLogService?: Service;
}

/** The services of a configuration, and the file with the tracer's token (spec 1.30 §7.6, §7.7, §7.9). */
export function servicesOf(
  config: ProtoMessage,
  node: Node,
  env: Variables,
  problems: Problem[],
): { readonly parameters: Services; readonly files: Bootstrap["files"] } {
  const service = (parameter: string, field: string): Service | undefined => {
    const settings = messageOf(config, field);
    const text = textOf(settings, "address");
    const address = text === "" ? undefined : addressFrom(parameter, text, env, problems);
    if (address === undefined) return undefined;
    const tls = transportSocket(messageOf(settings, "tlsSettings"), { serviceName: parameter, http2: true, metadata: node.metadata });
    const keepalive = keepaliveOf(settings);
    return { address, ...(tls && { transportSocket: tls }), ...(keepalive && { connectionOptions: keepalive }) };
  };
  const statsdText = textOf(config, "statsdUdpAddress");
  const statsd = statsdText === "" ? undefined : addressFrom("statsd", statsdText, env, problems);
  const metricsService = service("envoy_metrics_service", "envoyMetricsService");
  const accessLogService = service("envoy_accesslog_service", "envoyAccessLogService");
  const { tracer, files } = tracerOf(config, node, env, problems);
  return {
    parameters: {
      ...(tracer && { tracer }),
      ...(statsd && { statsd }),
      ...(metricsService && { metricsService }),
      ...(accessLogService && { accessLogService }),
    },
    files,
  };
}

function tracerOf(
  config: ProtoMessage,
  node: Node,
  env: Variables,
  problems: Problem[],
): { readonly tracer?: Tracer; readonly files: Bootstrap["files"] } {
  const tracing = messageOf(config, "tracing");
  const kind = (["zipkin", "lightstep", "datadog"] as const).find((each) => messageOf(tracing, each) !== undefined);
  const platform = node.metadata["PLATFORM_METADATA"];
  const isInProject = isObject(platform) && Object.hasOwn(platform, "gcp_project");
  if (messageOf(tracing, "stackdriver") !== undefined && !isInProject)
    problems.push({
      field: "tracing.stackdriver",
      text: "unable to process Stackdriver tracer: missing GCP Project; set GCP_METADATA",
    });
  if (kind === undefined) return { files: [] };
  const settings = messageOf(tracing, kind);
  const text = textOf(settings, "address");
  const address = text === "" ? undefined : addressFrom(kind, text, env, problems);
  if (address === undefined) return { files: [] };
  const tls = transportSocket(messageOf(tracing, "tlsSettings"), {
    serviceName: "tracer",
    http2: kind === "lightstep",
    metadata: node.metadata,
  });
  const base = { kind, address, ...(tls && { transportSocket: tls }) };
  if (kind !== "lightstep") return { tracer: base, files: [] };
  const tokenFile = joinPath(textOf(config, "configPath"), "lightstep_access_token.txt");
  return { tracer: { ...base, tokenFile }, files: [{ path: cleanPath(tokenFile), text: textOf(settings, "accessToken") }] };
}
