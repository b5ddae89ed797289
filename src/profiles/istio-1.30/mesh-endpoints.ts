import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import type { Notice } from "../../common/notice.ts";
import { milliseconds } from "../../go/duration.ts";
import { splitHostPort, withoutDot } from "../../go/host-port.ts";
import type { Environment } from "../../inputs/environment.ts";
import { isProxied } from "../../mesh/egress-proxy.ts";
import { grpcTarget, targetHint } from "../../mesh/grpc-target.ts";
import type { Endpoint, TlsPlan, TlsPolicy } from "../../mesh/mesh-plan.ts";
import type { Start, Variables } from "./contract.ts";
import { caAddress, caClient, caRoots, xdsClient, xdsRoots } from "./trust.ts";

/** The name in the certificate of a control plane that is reached by a forwarded port. */
const ISTIOD = "istiod.istio-system.svc";
/** The shortest silence before a ping in milliseconds, of a client and of a server, as in Go's gRPC library. */
const SHORTEST_INTERVAL = { client: 10_000, server: 1_000 } as const;
/** The interval of a server for which 0 is set. */
const SERVER_INTERVAL = 2 * 60 * 60_000;
/** The shortest wait for an answer in milliseconds: a timer's. */
const SHORTEST_TIMEOUT = 1;
/** The wait for an answer that is used for 0 and less. */
const TIMEOUT = 20_000;

/** Returns the gRPC server of the certificate authority. */
export function caEndpoint(start: Start): Endpoint {
  const env = start.settings.variables;
  return endpointOf(caAddress(start), start, {
    roots: caRoots(start),
    client: caClient(start),
    // The name of the control plane is not that of another authority.
    san: env.CA_ADDR === "" ? env.ISTIOD_SAN : "",
  });
}

/** Returns the control plane's gRPC server. */
export function discoveryEndpoint(start: Start): Endpoint {
  const env = start.settings.variables;
  return endpointOf(start.config.discoveryAddress ?? "", start, {
    roots: xdsRoots(start),
    client: xdsClient(start),
    san: env.ISTIOD_SAN,
  });
}

interface Connection {
  readonly roots: TlsPlan["roots"] | undefined;
  readonly client: TlsPlan["client"];
  /** The name in the server's certificate, if it is not the host; may be empty. */
  readonly san: string;
}

/** Returns a gRPC server. To an address that is not one each connection fails, as upstream's does. */
function endpointOf(address: string, start: Start, { roots, client, san }: Connection): Endpoint {
  const env = start.settings.variables;
  const parsed = grpcTarget(address);
  const target = parsed.ok ? parsed.value : { host: address, port: 0, problem: parsed.error };
  const endpoint = { ...target, keepalive: keepaliveOf(env, "client") };
  if (roots === undefined) return endpoint;
  return {
    ...endpoint,
    tls: {
      ...(san === "" ? { serverName: serverName(address, target.host) } : { serverName: san, nameOrigin: "ISTIOD_SAN" }),
      roots,
      ...(client && { client }),
      policy: policyOf(start.settings),
    },
  };
}

/** Returns the policy for TLS; empty if the release does not know it. */
function policyOf({ variables, rules }: Start["settings"]): TlsPolicy {
  const known: readonly TlsPolicy[] = [...rules.fipsPolicies, "pqc"];
  return known.find((policy) => policy === variables.COMPLIANCE_POLICY) ?? "";
}

/** Returns warnings about addresses to which no connection will be made, or not as the release makes it. */
export function addressNotices({ settings, config }: Start, hasCa: boolean): readonly Notice[] {
  const { CA_ADDR: ca } = settings.variables;
  const addresses = [
    ["discoveryAddress in the ProxyConfig", config.discoveryAddress ?? ""],
    ...(hasCa && ca !== "" ? [["CA_ADDR", ca]] : []),
  ] as const;
  const problems = addresses.flatMap(([origin, address]): readonly Notice[] => {
    const parsed = grpcTarget(address);
    return parsed.ok
      ? []
      : [{ level: "warn", text: `Cannot connect to "${address}" (${origin}): ${parsed.error}${targetHint(address, parsed.error)}` }];
  });
  const servers = addresses.map(([, address]) => address);
  return [...problems, ...proxyNotices(settings.inputs.environment, servers)];
}

/** Returns the warning that a proxy for HTTPS is not used, which Go's gRPC library would use. */
function proxyNotices({ get }: Environment, servers: readonly string[]): readonly Notice[] {
  if ((get("HTTPS_PROXY") || get("https_proxy") || "") === "") return [];
  const exceptions = get("NO_PROXY") || get("no_proxy") || "";
  const proxied = servers.filter((address) => {
    const target = grpcTarget(address);
    return target.ok && isProxied(target.value, exceptions);
  });
  if (proxied.length === 0) return [];
  const listed = proxied.map((address) => `"${address}"`).join(" and ");
  return [{ level: "warn", text: `HTTPS_PROXY is not used: connections to ${listed} are made directly` }];
}

/**
 * Returns the name that is verified: without the dot that ends an absolute name, as in a certificate. A forwarded port is recognized only if
 * the address begins with its host.
 */
function serverName(address: string, host: string): string {
  const split = splitHostPort(address);
  return split.ok && split.value.host.includes("localhost") ? ISTIOD : withoutDot(host);
}

/** Returns the PING frames of connections to the control plane, and of Envoy to the agent. */
export function keepaliveOf(env: Variables, side: keyof typeof SHORTEST_INTERVAL): Endpoint["keepalive"] {
  const { GRPC_KEEPALIVE_INTERVAL: interval, GRPC_KEEPALIVE_TIMEOUT: timeout } = env;
  return {
    interval: interval === 0n && side === "server" ? SERVER_INTERVAL : timerOf(interval, SHORTEST_INTERVAL[side]),
    timeout: timeout <= 0n ? TIMEOUT : timerOf(timeout, SHORTEST_TIMEOUT),
  };
}

/** Returns a duration in milliseconds, within what a timer allows. */
function timerOf(duration: bigint, shortest: number): number {
  return Math.min(Math.max(milliseconds(duration), shortest), LONGEST_TIMER);
}
