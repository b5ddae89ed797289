import { bytesOfText } from "../go/bytes.ts";
import { joinHostPort } from "../go/host-port.ts";
import { parseUrl, type Url } from "../go/url.ts";
import { type Headers, headerOf } from "../http/message-head.ts";
import { requestFor, type WebRequest } from "../http/redirects.ts";
import type { Prober, StatusPlan } from "./status-plan.ts";

const NOT_COPIED: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "trailer", "connection", "expect"]);

/**
 * Creates the request of an HTTP probe from the caller's request; undefined for a path that is not valid in a URL (contract 1.6 §11.3, 1.30
 * §10.4).
 */
export function probeRequest(prober: Prober & { readonly kind: "http" }, caller: Headers, plan: StatusPlan): WebRequest | undefined {
  const { destination, callerHost } = plan.probes;
  const own = joinHostPort(destination, String(prober.port));
  const url = urlAt(`${prober.scheme}://${own}`, prober.path);
  if (url === undefined || !isPort(prober.port)) return undefined;
  const host = callerHost ? hostFor(headerOf(caller, "host") ?? "", prober.port, plan.port) || own : (prober.host ?? own);
  return requestFor(url, { host, headers: caller.filter(([name]) => !NOT_COPIED.has(name.toLowerCase())) });
}

function urlAt(place: string, path: string): Url | undefined {
  if (!/^([/?#]|$)/.test(path)) return undefined;
  const url = parseUrl(`${place}${bytesOfText(path)}`);
  return url.ok ? url.value : undefined;
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}

function hostFor(host: string, port: number, statusPort: number): string {
  return host.endsWith(`:${statusPort}`) ? `${host.slice(0, -String(statusPort).length)}${port}` : host;
}
