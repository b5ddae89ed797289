import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import type { Notice } from "../../common/notice.ts";
import { bytesOfText } from "../../go/bytes.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { parseUrl, requestAddress } from "../../go/url.ts";
import { headerOf, isFieldValue, TOKEN } from "../../http/message-head.ts";
import type { HealthPlan, HealthProbe } from "../../mesh/mesh-plan.ts";
import { familiesOf, nodeAddresses } from "./addresses.ts";
import type { Config, Start } from "./contract.ts";

type Probe = NonNullable<Config["readinessProbe"]>;
type HttpGet = NonNullable<Probe["httpGet"]>;

/** What is sent unless the probe has its own. */
const DEFAULT_HEADERS = [
  ["User-Agent", "istio-probe/1.0"],
  ["Accept-Encoding", "gzip"],
] as const;
const LARGEST_PORT = 65_535;
/** Headers that the client sets itself. */
const NOT_SENT: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "trailer", "connection"]);

/** Returns how the workload is probed for the control plane; undefined without `readinessProbe` (contract 1.30 §13c). */
export function healthOf(start: Start): HealthPlan | undefined {
  const { readinessProbe: probe } = start.config;
  if (probe === undefined) return undefined;
  const { initialDelaySeconds = 0, periodSeconds = 0, successThreshold = 0, failureThreshold = 0 } = probe;
  return {
    initialDelay: timerOf(Math.max(initialDelaySeconds, 0)),
    period: timerOf(periodSeconds > 0 ? periodSeconds : 10),
    // A negative number is never reached, as in upstream's comparison.
    thresholds: { success: successThreshold || 1, failure: failureThreshold || 1 },
    probe: probeOf(probe, start),
  };
}

/** Returns the warning about a probe that cannot succeed. */
export function healthNotices(start: Start): readonly Notice[] {
  const probe = healthOf(start)?.probe;
  if (probe?.kind !== "invalid") return [];
  const text = `Cannot use readinessProbe of the ProxyConfig: ${probe.problem}; the workload is reported as unhealthy`;
  return [{ level: "warn", text }];
}

function probeOf(probe: Probe, start: Start): HealthProbe {
  const { periodSeconds = 0 } = probe;
  const action = periodSeconds < 0 ? badSeconds("periodSeconds", periodSeconds) : actionOf(probe, start);
  return action.ok ? action.value : { kind: "invalid", problem: action.error };
}

function actionOf({ timeoutSeconds = 0, httpGet, tcpSocket, exec, grpc }: Probe, start: Start): Parsed<HealthProbe> {
  const timeout = timerOf(timeoutSeconds || 1);
  if (httpGet !== undefined) return httpProbe(httpGet, timeout, start);
  // Only HTTP goes without a time limit then; the others have no time at all.
  if (timeout < 0) return badSeconds("timeoutSeconds", timeoutSeconds);
  const { host } = placeOf(start);
  if (tcpSocket !== undefined) {
    const { port = 0 } = tcpSocket;
    return isPort(port) ? ok({ kind: "tcp", host: tcpSocket.host || host, port, timeout }) : badPort(port);
  }
  if (grpc !== undefined) {
    const { port = 0, service = "" } = grpc;
    return isPort(port) ? ok({ kind: "grpc", host, port, service, timeout }) : badPort(port);
  }
  if (exec === undefined) return bad("it needs one of httpGet, tcpSocket, exec and grpc");
  const { command = [] } = exec;
  if ((command[0] ?? "") === "") return bad("exec needs a command");
  return command.some((word) => word.includes("\0"))
    ? bad("the command of exec contains a NUL byte")
    : ok({ kind: "exec", command, timeout });
}

/** The path may be a whole URL, of which scheme, host and port are replaced. */
function httpProbe(httpGet: HttpGet, timeout: number, start: Start): Parsed<HealthProbe> {
  const { path = "", port = 0, httpHeaders = [] } = httpGet;
  if (!isPort(port)) return badPort(port);
  const { host: own, source } = placeOf(start);
  const place = bytesOfText(joinHostPort((httpGet.host || own).replace("%", "%25"), String(port)));
  const base = parseUrl(`http://${place}`);
  if (!base.ok || base.value.host !== place) return bad(`its host ${JSON.stringify(httpGet.host)} is invalid`);
  const target = parseUrl(bytesOfText(path || "/"));
  if (!target.ok) return bad(`its path ${JSON.stringify(path)} is invalid: ${target.error}`);
  const scheme = (httpGet.scheme || "http").toLowerCase();
  const url = { ...target.value, scheme, host: place, path: target.value.path.replace(/^(?!\/)/, "/") };
  const address = requestAddress(url);
  if (!address.ok) return bad(address.error);
  const headers = httpHeaders.map(({ name = "", value = "" }) => [name, bytesOfText(value.replace(/^[ \t]+|[ \t]+$/g, ""))] as const);
  const wrong = headers.find(([name, value]) => !TOKEN.test(name) || !isFieldValue(value));
  if (wrong !== undefined) return bad(`${JSON.stringify(wrong[0])} of httpHeaders cannot be sent as a header`);
  const defaults = DEFAULT_HEADERS.filter(([name]) => headerOf(headers, name.toLowerCase()) === undefined);
  return ok({
    kind: "http",
    url,
    host: headerOf(headers, "host") || place,
    headers: [...headers, ...defaults].filter(([name, value]) => isSent(name.toLowerCase(), value)),
    source,
    timeout,
  });
}

function isSent(name: string, value: string): boolean {
  return !NOT_SENT.has(name) && !(name === "user-agent" && value === "");
}

/** Where the application is, unless the probe names a host, and the source address of HTTP probes. */
function placeOf({ settings }: Start): { readonly host: string; readonly source: string } {
  const { variables, inputs, annotations } = settings;
  const addresses = nodeAddresses(inputs.interfaces, variables.INSTANCE_IP, annotations);
  const host = variables.REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION ? undefined : addresses[0];
  return { host: host ?? "localhost", source: familiesOf(addresses).allV6 ? "::6" : "127.0.0.6" };
}

function isPort(port: number): boolean {
  return port > 0 && port <= LARGEST_PORT;
}

function badPort(port: number): Parsed<never> {
  return bad(`its port is not a number from 1 to ${LARGEST_PORT}: current value is ${port}`);
}

function badSeconds(field: string, seconds: number): Parsed<never> {
  return bad(`${field} must not be negative: current value is ${seconds}`);
}

/** Returns a time in milliseconds, as far as a timer goes. */
function timerOf(seconds: number): number {
  return Math.min(seconds * 1_000, LONGEST_TIMER);
}
