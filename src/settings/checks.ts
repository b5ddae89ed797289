import { MILLISECOND, SECOND } from "../go/duration.ts";
import { splitHostPort } from "../go/host-port.ts";
import { parseIp } from "../go/ip.ts";
import { atoi, isDigits } from "../go/number.ts";
import type { CommonConfig, TlsSettings } from "./common-config.ts";
import type { PathOf } from "./message-of.ts";

/** A broken rule: the field it concerns, with dots between the messages it is in, and upstream's sentence. */
export interface Problem<Path extends string = string> {
  readonly field: Path;
  readonly text: string;
}

/** What is wrong with a port number, or nothing (contract 1.6 §5.5). */
export function portProblem(port: number): string | undefined {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? undefined : `port number ${port} must be in the range 1..65535`;
}

const LABEL = /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;

/** Whether a text is a label of a DNS name. */
export function isDnsLabel(text: string): boolean {
  return LABEL.test(text);
}

/** What is wrong with a `host:port` address, or nothing (contract 1.6 §5.5). */
export function addressProblem(address: string): string | undefined {
  const split = splitHostPort(address);
  if (!split.ok) return `unable to split "${address}": ${split.error}`;
  const { host, port } = split.value;
  const number = atoi(port);
  if (!number.ok) return `port (${port}) is not a number: ${number.error}`;
  const range = portProblem(number.value);
  if (range !== undefined) return range;
  return isDnsName(host) || parseIp(host) !== undefined ? undefined : `"${host}" is not a valid hostname or an IP address`;
}

/** A fully qualified name by upstream's rule: labels of at most 63, one trailing dot, the last label not all digits. */
export function isDnsName(host: string): boolean {
  if (host.length === 0 || host.length > 255) return false;
  const labels = (host.endsWith(".") ? host.slice(0, -1) : host).split(".");
  for (const label of labels) if (!LABEL.test(label)) return false;
  return !isDigits(labels[labels.length - 1] ?? "");
}

type Tracing = NonNullable<CommonConfig["tracing"]>;
type CommonProblem = Problem<PathOf<CommonConfig>>;

/** The problems with the tracers of a ProxyConfig; what a release wants of their TLS settings is its own (contract 1.6 §5.5 rules 6 to 9, 1.30 §5.3). */
export function tracingProblems({ tracing }: CommonConfig, tlsProblems: readonly string[]): readonly CommonProblem[] {
  return [
    ...lightstepProblems(tracing?.lightstep),
    ...tracerProblems("zipkin", tracing?.zipkin),
    ...tracerProblems("datadog", tracing?.datadog),
    ...tlsProblems.map((text) => ({ field: "tracing.tlsSettings" as const, text: `invalid tracing TLS config: ${text}` })),
  ];
}

function lightstepProblems(lightstep: Tracing["lightstep"]): readonly CommonProblem[] {
  if (lightstep === undefined) return [];
  const { address = "", accessToken = "" } = lightstep;
  const problem = addressProblem(address);
  const of = (field: keyof typeof lightstep, text: string) => ({
    field: `tracing.lightstep.${field}` as const,
    text: `invalid lightstep config: ${text}`,
  });
  return [
    ...(address === "" ? [of("address", "address is required")] : []),
    ...(problem === undefined ? [] : [of("address", `invalid lightstep address: ${problem}`)]),
    ...(accessToken === "" ? [of("accessToken", "access token is required")] : []),
  ];
}

/** One `$(HOST_IP)` is taken for an address, as the agent or Kubernetes fills it in. */
function tracerProblems(name: "zipkin" | "datadog", tracer: Tracing["zipkin"] | Tracing["datadog"]): readonly CommonProblem[] {
  if (tracer === undefined) return [];
  const problem = addressProblem((tracer.address ?? "").replace("$(HOST_IP)", "127.0.0.1"));
  return problem === undefined ? [] : [{ field: `tracing.${name}.address`, text: `invalid ${name} config: ${problem}` }];
}

/** What mutual TLS needs, in both releases. */
export function mutualTlsProblems({ mode, clientCertificate = "", privateKey = "" }: TlsSettings): readonly string[] {
  if (mode !== "MUTUAL") return [];
  return [
    ...(clientCertificate === "" ? ["client certificate required for mutual tls"] : []),
    ...(privateKey === "" ? ["private key required for mutual tls"] : []),
  ];
}

/** The problems with an optional address field, worded with a prefix that quotes it. */
export function sinkProblems<Path extends string>(field: Path, address: string | undefined, what: string): readonly Problem<Path>[] {
  if (address === undefined || address === "") return [];
  const problem = addressProblem(address);
  return problem === undefined ? [] : [{ field, text: `invalid ${what} address "${address}": ${problem}` }];
}

/** The problems with the statistics and access log services (contract 1.6 §5.5 rules 10 to 13). */
export function sinksProblems(config: CommonConfig): readonly CommonProblem[] {
  return [
    ...sinkProblems("statsdUdpAddress", config.statsdUdpAddress, "statsd udp"),
    ...sinkProblems("envoyMetricsServiceAddress", config.envoyMetricsServiceAddress, "envoy metrics service"),
    ...sinkProblems("envoyMetricsService.address", config.envoyMetricsService?.address, "envoy metrics service"),
    ...sinkProblems("envoyAccessLogService.address", config.envoyAccessLogService?.address, "envoy access log service"),
  ];
}

/** Paths and the discovery address, which must be set in both releases. */
export function requiredProblems(config: CommonConfig): {
  readonly paths: readonly CommonProblem[];
  readonly discovery: readonly CommonProblem[];
} {
  const { discoveryAddress: address = "" } = config;
  const problem = address === "" ? "discovery address must be set to the proxy discovery service" : addressProblem(address);
  const unset = (field: "configPath" | "binaryPath", text: string) => ((config[field] ?? "") === "" ? [{ field, text }] : []);
  return {
    paths: [...unset("configPath", "config path must be set"), ...unset("binaryPath", "binary path must be set")],
    discovery:
      problem === undefined
        ? []
        : [{ field: "discoveryAddress", text: address === "" ? problem : `invalid discovery address: ${problem}` }],
  };
}

/** The admin port and the policy for the control plane. */
export function adminAndPolicyProblems(
  config: CommonConfig,
  ports: readonly (readonly [field: "proxyAdminPort" | "statusPort", what: string])[],
): readonly CommonProblem[] {
  const { controlPlaneAuthPolicy: policy = "NONE" } = config;
  const bad: CommonProblem[] = [];
  for (const [field, what] of ports) {
    const problem = portProblem(config[field] ?? 0);
    if (problem !== undefined) bad.push({ field, text: `invalid ${what}: ${problem}` });
  }
  if (policy === "NONE" || policy === "MUTUAL_TLS") return bad;
  return [...bad, { field: "controlPlaneAuthPolicy", text: `unrecognized control plane auth policy "${policy}"` }];
}

/** What is wrong with a duration whatever it is used for, or nothing. */
export function durationProblem(value: bigint | undefined): string | undefined {
  if (value === undefined) return "duration: nil Duration";
  if (value < MILLISECOND) return "duration must be greater than 1ms";
  return value % MILLISECOND === 0n ? undefined : "only durations to ms precision are supported";
}

/** Whether a duration in nanoseconds is a whole number of seconds. */
export function isWholeSeconds(value: bigint): boolean {
  return value % SECOND === 0n;
}
