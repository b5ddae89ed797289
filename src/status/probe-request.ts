import { joinHostPort } from "../go/host-port.ts";
import { type Headers, headerOf } from "./message-head.ts";
import { isRedirect, MOST_REDIRECTS } from "./redirects.ts";
import type { ProbeRules, Prober, StatusPlan } from "./status-plan.ts";

/** A request to an application, ready to be sent. */
export interface ProbeRequest {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly headers: Headers;
}

const NOT_COPIED = ["host", "content-length", "transfer-encoding", "trailer", "connection", "expect"];

/** The request of an HTTP probe, from what the caller sent; undefined for a path no URL can have (spec 1.6 §11.3, 1.30 §10.4). */
export function probeRequest(prober: Prober & { readonly kind: "http" }, caller: Headers, plan: StatusPlan): ProbeRequest | undefined {
  const { destination, callerHost } = plan.probes;
  const target = requestTarget(prober.path);
  if (target === undefined || !isPort(prober.port)) return undefined;
  const own = joinHostPort(destination, String(prober.port));
  const host = callerHost ? hostFor(headerOf(caller, "host") ?? "", prober.port, plan.port) || own : (prober.host ?? own);
  return {
    tls: prober.scheme === "https",
    host: destination,
    port: prober.port,
    target,
    headers: [["Host", host], ...caller.filter(([name]) => !NOT_COPIED.includes(name.toLowerCase()))],
  };
}

/** Path and query as they go on the wire: what stands in a URL after the port; undefined when no URL can have it there. */
export function requestTarget(path: string): string | undefined {
  const text = path.replace(/#.*$/s, "");
  if (text !== "" && !text.startsWith("/") && !text.startsWith("?")) return undefined;
  const rooted = text.startsWith("/") ? text : `/${text}`;
  return /%(?![0-9a-fA-F]{2})/.test(rooted.split("?")[0] ?? "") ? undefined : rooted.replace(/[^!-~]+/gu, encodeURIComponent);
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}

function hostFor(host: string, port: number, statusPort: number): string {
  return host.endsWith(`:${statusPort}`) ? `${host.slice(0, -String(statusPort).length)}${port}` : host;
}

/** What follows an answer: the next request, the end, or too many. */
export type Next = { readonly kind: "follow"; readonly request: ProbeRequest } | { readonly kind: "stop" } | { readonly kind: "fail" };

/** Whether and where a redirect is followed; `followed` are those before (spec 1.30 §10.4; recorded: probe-redirect-*). */
export function nextRequest(
  request: ProbeRequest,
  status: number,
  location: string | undefined,
  followed: number,
  rules: Pick<ProbeRules, "otherHosts">,
): Next {
  if (!isRedirect(status) || location === undefined || location === "") return { kind: "stop" };
  const scheme = request.tls ? "https" : "http";
  const base = `${scheme}://${joinHostPort(request.host || "127.0.0.1", String(request.port))}${request.target}`;
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) return { kind: "fail" };
  const isElsewhere = /^[a-zA-Z][a-zA-Z0-9+.-]*:|^\/\//.test(location);
  const sameHost = !isElsewhere || bare(url.hostname) === bare(request.host);
  if (!sameHost && !rules.otherHosts) return { kind: "stop" };
  if (followed + 1 >= MOST_REDIRECTS) return { kind: "fail" };
  const tls = url.protocol === "https:";
  return {
    kind: "follow",
    request: {
      tls,
      host: isElsewhere ? bare(url.hostname) : request.host,
      port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
      target: `${url.pathname}${url.search}`,
      headers: isElsewhere ? [["Host", url.host], ...request.headers.filter(([name]) => name !== "Host")] : request.headers,
    },
  };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}
