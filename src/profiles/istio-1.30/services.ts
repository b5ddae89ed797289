import { type AddressParameter, fieldOf, type SocketAddress, socketAddress } from "../../bootstrap/address.ts";
import { keepaliveOf } from "../../bootstrap/keepalive.ts";
import { isObject } from "../../go/json.ts";
import type { JsonObject } from "../../go/json-value.ts";
import { cleanPath, joinPath } from "../../go/path.ts";
import type { Bootstrap } from "../profile.ts";
import type { Config, Node, Problem, Variables } from "./contract.ts";
import { transportSocket } from "./tls.ts";

/** A service to which Envoy sends data. */
export interface Service {
  readonly address: SocketAddress;
  readonly transportSocket?: JsonObject;
  readonly connectionOptions?: JsonObject;
}

export type Tracer = Service & { readonly kind: "zipkin" | "lightstep" | "datadog"; readonly tokenFile?: string };

/** Returns an address of the bootstrap with `$(HOST_IP)` replaced; adds a problem and returns undefined for an invalid one (contract 1.30 §7.6). */
export function addressFrom(parameter: AddressParameter, address: string, env: Variables, problems: Problem[]): SocketAddress | undefined {
  const parsed = socketAddress(parameter, address);
  if (!parsed.ok) {
    problems.push({ field: fieldOf(parameter), text: parsed.error, showsValue: true });
    return undefined;
  }
  return parsed.value.address === "$(HOST_IP)" && env.HOST_IP !== "" ? { ...parsed.value, address: env.HOST_IP } : parsed.value;
}

/** The configured services to which Envoy sends data. */
export interface Services {
  readonly tracer?: Tracer;
  readonly statsd?: SocketAddress;
  readonly metricsService?: Service;
  readonly accessLogService?: Service;
}

/** Returns the configured services and the file with the tracer's token (contract 1.30 §7.6, §7.7, §7.9). */
export function servicesOf(
  config: Config,
  node: Node,
  env: Variables,
  problems: Problem[],
): { readonly parameters: Services; readonly files: Bootstrap["files"] } {
  const service = (
    parameter: "envoy_metrics_service" | "envoy_accesslog_service",
    settings: Config["envoyMetricsService"],
  ): Service | undefined => {
    const { address: text = "" } = settings ?? {};
    const address = text === "" ? undefined : addressFrom(parameter, text, env, problems);
    if (address === undefined) return undefined;
    const tls = transportSocket(settings?.tlsSettings, { serviceName: parameter, http2: true, metadata: node.metadata });
    const keepalive = keepaliveOf(settings);
    return { address, ...(tls && { transportSocket: tls }), ...(keepalive && { connectionOptions: keepalive }) };
  };
  const { statsdUdpAddress: statsdText = "" } = config;
  const statsd = statsdText === "" ? undefined : addressFrom("statsd", statsdText, env, problems);
  const metricsService = service("envoy_metrics_service", config.envoyMetricsService);
  const accessLogService = service("envoy_accesslog_service", config.envoyAccessLogService);
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
  config: Config,
  node: Node,
  env: Variables,
  problems: Problem[],
): { readonly tracer?: Tracer; readonly files: Bootstrap["files"] } {
  const { tracing } = config;
  const kind = (["zipkin", "lightstep", "datadog"] as const).find((each) => tracing?.[each] !== undefined);
  const platform = node.metadata.PLATFORM_METADATA;
  const isInProject = isObject(platform) && Object.hasOwn(platform, "gcp_project");
  if (tracing?.stackdriver !== undefined && !isInProject)
    problems.push({
      field: "tracing.stackdriver",
      text: "unable to process Stackdriver tracer: missing GCP Project; set GCP_METADATA",
    });
  if (kind === undefined) return { files: [] };
  const { address: text = "" } = tracing?.[kind] ?? {};
  const address = text === "" ? undefined : addressFrom(kind, text, env, problems);
  if (address === undefined) return { files: [] };
  const tls = transportSocket(tracing?.tlsSettings, {
    serviceName: "tracer",
    http2: kind === "lightstep",
    metadata: node.metadata,
  });
  const base = { kind, address, ...(tls && { transportSocket: tls }) };
  if (kind !== "lightstep") return { tracer: base, files: [] };
  const tokenFile = joinPath(config.configPath ?? "", "lightstep_access_token.txt");
  return { tracer: { ...base, tokenFile }, files: [{ path: cleanPath(tokenFile), text: tracing?.lightstep?.accessToken ?? "" }] };
}
