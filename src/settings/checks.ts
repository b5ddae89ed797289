import { MILLISECOND, SECOND } from "../go/duration.ts";
import { splitHostPort, withoutDot } from "../go/host-port.ts";
import { parseIp } from "../go/ip.ts";
import { atoi, isDigits } from "../go/number.ts";
import type { CommonConfig, TlsSettings } from "./common-config.ts";
import type { PathOf } from "./message-of.ts";

/** A violated rule: the path of its field, with dots, and upstream's message. */
export interface Problem<Path extends string = string> {
  readonly field: Path;
  readonly text: string;
  /** Whether the text has the value of the field in it. */
  readonly showsValue?: boolean;
}

/** Returns the problem with a port number, if any; the text has the number (contract 1.6 §5.5). */
export function portProblem(port: number): string | undefined {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? undefined : `port number ${port} must be in the range 1..65535`;
}

const LABEL = /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;

/** Reports whether a text is a label of a DNS name. */
export function isDnsLabel(text: string): boolean {
  return LABEL.test(text);
}

/** Returns the problem with a `host:port` address, if any (contract 1.6 §5.5). */
export function addressProblem(address: string): Pick<Problem, "text" | "showsValue"> | undefined {
  const split = splitHostPort(address);
  if (!split.ok) return { text: `unable to split "${address}": ${split.error}${addressHint(address)}`, showsValue: true };
  const { host, port } = split.value;
  const number = atoi(port);
  if (!number.ok) return { text: `port (${port}) is not a number: ${number.error}${addressHint(address)}` };
  const range = portProblem(number.value);
  if (range !== undefined) return { text: range };
  return isDnsName(host) || parseIp(host) !== undefined ? undefined : { text: `"${host}" is not a valid hostname or an IP address` };
}

/** Returns what to change in an address that is not `host:port`, for the end of a message; empty if that is not obvious. */
export function addressHint(address: string): string {
  // Go's gRPC library knows the two schemes that are left out.
  const [scheme] = /^(?!dns:|passthrough:)[a-z][a-z0-9+.-]*:\/\//i.exec(address) ?? [];
  if (scheme !== undefined) return `; write host:port, without ${scheme}`;
  return /\s/.test(address) ? "; remove the space" : "";
}

/** Reports whether a host is a fully qualified name by upstream's rule: labels of at most 63, one trailing dot, the last label not all digits. */
export function isDnsName(host: string): boolean {
  if (host.length > 255) return false;
  const labels = withoutDot(host).split(".");
  for (const label of labels) if (!LABEL.test(label)) return false;
  return !isDigits(labels[labels.length - 1] ?? "");
}

type Tracing = NonNullable<CommonConfig["tracing"]>;
type CommonProblem = Problem<PathOf<CommonConfig>>;

/** Returns the problems with the tracers of a ProxyConfig; each release checks their TLS settings itself (contract 1.6 §5.5 rules 6 to 9, 1.30 §5.3). */
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
  const of = (field: keyof typeof lightstep, text: string, showsValue = false) => ({
    field: `tracing.lightstep.${field}` as const,
    text: `invalid lightstep config: ${text}`,
    showsValue,
  });
  return [
    ...(address === "" ? [of("address", "address is required")] : []),
    ...(problem === undefined ? [] : [of("address", `invalid lightstep address: ${problem.text}`, problem.showsValue)]),
    ...(accessToken === "" ? [of("accessToken", "access token is required")] : []),
  ];
}

/** Accepts one `$(HOST_IP)` as an address, as the agent or Kubernetes replaces it. */
function tracerProblems(name: "zipkin" | "datadog", tracer: Tracing["zipkin"] | Tracing["datadog"]): readonly CommonProblem[] {
  if (tracer === undefined) return [];
  const { address = "" } = tracer;
  const checked = address.replace("$(HOST_IP)", "127.0.0.1");
  const problem = addressProblem(checked);
  if (problem === undefined) return [];
  const showsValue = problem.showsValue === true && checked === address;
  return [{ field: `tracing.${name}.address`, text: `invalid ${name} config: ${problem.text}`, showsValue }];
}

/** Returns what mutual TLS lacks, in both releases. */
export function mutualTlsProblems({ mode, clientCertificate = "", privateKey = "" }: TlsSettings): readonly string[] {
  if (mode !== "MUTUAL") return [];
  return [
    ...(clientCertificate === "" ? ["client certificate required for mutual tls"] : []),
    ...(privateKey === "" ? ["private key required for mutual tls"] : []),
  ];
}

/** Returns the problem with an optional address field; its text quotes the address. */
export function sinkProblems<Path extends string>(field: Path, address: string | undefined, name: string): readonly Problem<Path>[] {
  if (address === undefined || address === "") return [];
  const problem = addressProblem(address);
  return problem === undefined ? [] : [{ field, text: `invalid ${name} address "${address}": ${problem.text}`, showsValue: true }];
}

/** Returns the problems with the statistics and access log services (contract 1.6 §5.5 rules 10 to 13). */
export function sinksProblems(config: CommonConfig): readonly CommonProblem[] {
  return [
    ...sinkProblems("statsdUdpAddress", config.statsdUdpAddress, "statsd udp"),
    ...sinkProblems("envoyMetricsServiceAddress", config.envoyMetricsServiceAddress, "envoy metrics service"),
    ...sinkProblems("envoyMetricsService.address", config.envoyMetricsService?.address, "envoy metrics service"),
    ...sinkProblems("envoyAccessLogService.address", config.envoyAccessLogService?.address, "envoy access log service"),
  ];
}

/** Returns the problems with the paths and the discovery address, which both releases require. */
export function requiredProblems(config: CommonConfig): {
  readonly paths: readonly CommonProblem[];
  readonly discovery: readonly CommonProblem[];
} {
  const unset = (field: "configPath" | "binaryPath", text: string) => ((config[field] ?? "") === "" ? [{ field, text }] : []);
  return {
    paths: [...unset("configPath", "config path must be set"), ...unset("binaryPath", "binary path must be set")],
    discovery: discoveryProblems(config.discoveryAddress),
  };
}

function discoveryProblems(address = ""): readonly CommonProblem[] {
  const field = "discoveryAddress";
  if (address === "") return [{ field, text: "discovery address must be set to the proxy discovery service" }];
  const problem = addressProblem(address);
  return problem === undefined ? [] : [{ ...problem, field, text: `invalid discovery address: ${problem.text}` }];
}

/** Returns the problems with ports and with the policy for the control plane. */
export function adminAndPolicyProblems(
  config: CommonConfig,
  ports: readonly (readonly [field: "proxyAdminPort" | "statusPort", name: string])[],
): readonly CommonProblem[] {
  const { controlPlaneAuthPolicy: policy = "NONE" } = config;
  const problems: CommonProblem[] = [];
  for (const [field, name] of ports) {
    const problem = portProblem(config[field] ?? 0);
    if (problem !== undefined) problems.push({ field, text: `invalid ${name}: ${problem}`, showsValue: true });
  }
  if (policy === "NONE" || policy === "MUTUAL_TLS") return problems;
  return [...problems, { field: "controlPlaneAuthPolicy", text: `unrecognized control plane auth policy "${policy}"`, showsValue: true }];
}

/** Returns the problem with any duration, if there is one. */
export function durationProblem(value: bigint | undefined): string | undefined {
  if (value === undefined) return "duration: nil Duration";
  if (value < MILLISECOND) return "duration must be greater than 1ms";
  return value % MILLISECOND === 0n ? undefined : "only durations to ms precision are supported";
}

/** Reports whether a duration in nanoseconds is a whole number of seconds. */
export function isWholeSeconds(value: bigint): boolean {
  return value % SECOND === 0n;
}
