import { bytesOfText } from "../go/bytes.ts";
import { joinHostPort } from "../go/host-port.ts";
import { hostHeader, hostName, parseUrl, refererOf, requestTarget, resolveUrl, type Url } from "../go/url.ts";
import { type Headers, headerOf } from "./message-head.ts";
import { isRedirect, MOST_REDIRECTS } from "./redirects.ts";
import type { ProbeRules, Prober, StatusPlan } from "./status-plan.ts";

/** A request to an application, ready to be sent. */
export interface ProbeRequest {
  readonly url: Url;
  /** The header, which need not be the URL's. */
  readonly host: string;
  /** Of the caller. */
  readonly headers: Headers;
  /** The URL that led here. */
  readonly referer?: string | undefined;
}

const SECRETS = ["authorization", "www-authenticate", "cookie", "cookie2", "proxy-authorization", "proxy-authenticate"];
const NOT_COPIED = ["host", "content-length", "transfer-encoding", "trailer", "connection", "expect"];

/** The request of an HTTP probe, from what the caller sent; undefined for a path no URL can have (spec 1.6 §11.3, 1.30 §10.4). */
export function probeRequest(prober: Prober & { readonly kind: "http" }, caller: Headers, plan: StatusPlan): ProbeRequest | undefined {
  const { destination, callerHost } = plan.probes;
  const own = joinHostPort(destination, String(prober.port));
  const url = urlAt(`${prober.scheme}://${own}`, prober.path);
  if (url === undefined || !isPort(prober.port)) return undefined;
  const host = callerHost ? hostFor(headerOf(caller, "host") ?? "", prober.port, plan.port) || own : (prober.host ?? own);
  return { url, host, headers: caller.filter(([name]) => !NOT_COPIED.includes(name.toLowerCase())) };
}

/** All headers of a request; a caller's own Referer stays. */
export function headersOf({ host, headers, referer }: ProbeRequest): Headers {
  const isOwn = referer !== undefined && headerOf(headers, "referer") === undefined;
  return [["Host", host], ...headers, ...(isOwn ? [["Referer", referer] as const] : [])];
}

/** Path and query as they go on the wire: what stands in a URL after the port; undefined when no URL can have it there. */
export function targetOf(path: string): string | undefined {
  const url = urlAt("http://localhost", path);
  return url && requestTarget(url);
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

/** What follows an answer: the next request, the end, or why there is none. */
export type Next =
  | { readonly kind: "follow"; readonly request: ProbeRequest }
  | { readonly kind: "stop" }
  | { readonly kind: "fail"; readonly problem: string };

/** Whether and where a redirect is followed; `followed` are those before (spec 1.30 §10.4; recorded: probe-redirect-*). */
export function nextRequest(
  request: ProbeRequest,
  status: number,
  location: string | undefined,
  followed: number,
  rules: Pick<ProbeRules, "otherHosts">,
): Next {
  if (!isRedirect(status) || location === undefined || location === "") return { kind: "stop" };
  const reference = parseUrl(location);
  if (!reference.ok) return { kind: "fail", problem: `it redirects to "${location}": ${reference.error}` };
  const url = resolveUrl(request.url, reference.value);
  if (!rules.otherHosts && hostName(url) !== hostName(request.url)) return { kind: "stop" };
  if (followed + 1 >= MOST_REDIRECTS) return { kind: "fail", problem: `it redirects without end, at last to "${location}"` };
  // A host of its own stays where the reference is no whole URL.
  const keepsHost = request.host !== request.url.host && reference.value.scheme === "";
  return {
    kind: "follow",
    request: {
      url,
      host: keepsHost ? request.host : hostHeader(url),
      headers: isWithin(hostName(url), hostName(request.url)) ? request.headers : withoutSecrets(request.headers),
      referer: refererOf(request.url, url),
    },
  };
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || (!/[:%]/.test(host) && host.endsWith(`.${domain}`));
}

/** Without what is meant for one host alone. */
function withoutSecrets(headers: Headers): Headers {
  return headers.filter(([name]) => !SECRETS.includes(name.toLowerCase()));
}
