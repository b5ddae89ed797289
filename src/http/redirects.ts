import { percentDecoded } from "../go/bytes.ts";
import { hostHeader, hostName, parseUrl, refererOf, resolveUrl, type Url } from "../go/url.ts";
import { type Headers, headerOf } from "./message-head.ts";

/** A request with its URL, as in Go's client. */
export interface WebRequest {
  readonly method: string;
  readonly url: Url;
  /** The Host header, which may differ from the URL's host. */
  readonly host: string;
  /** Without Host and Referer. */
  readonly headers: Headers;
  readonly body: string;
  /** The URL that redirected here. */
  readonly referer?: string | undefined;
  /** The URL of the first request in a chain of redirects. */
  readonly initial?: Url;
}

/** What follows a response: the next request, the end, or why a redirect cannot be followed. */
export type Next =
  | { readonly kind: "follow"; readonly request: WebRequest }
  | { readonly kind: "stop" }
  | { readonly kind: "fail"; readonly problem: string };

/** Maximum number of redirects, as in Go's client. */
const MAX_REDIRECTS = 10;
const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "www-authenticate",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "proxy-authenticate",
]);
const BODY_HEADERS: ReadonlySet<string> = new Set(["content-encoding", "content-language", "content-location", "content-type"]);

/** Creates a request whose Host is the URL's. */
export function requestFor(url: Url, changes: Partial<WebRequest> = {}): WebRequest {
  return { method: "GET", url, host: hostHeader(url), headers: [], body: "", ...changes };
}

/** Returns all headers of a request. Referer and Authorization of the caller take precedence over those derived from the URLs. */
export function headersOf({ url, host, headers, referer }: WebRequest): Headers {
  const isFree = (name: string) => headerOf(headers, name) === undefined;
  return [
    ["Host", host],
    ...headers,
    ...(referer !== undefined && isFree("referer") ? [["Referer", referer] as const] : []),
    ...(url.user !== undefined && isFree("authorization") ? [["Authorization", `Basic ${credentials(url.user)}`] as const] : []),
  ];
}

function credentials(user: string): string {
  const [name = "", ...password] = user.split(":");
  return btoa(`${percentDecoded(name)}:${percentDecoded(password.join(":"))}`);
}

/**
 * Returns whether and where to follow a redirect, by the rules of Go's client; `followed` is the number of redirects so far (contract 1.30
 * §10.4; recorded: probe-redirect-*).
 */
export function nextRequest(
  request: WebRequest,
  { status, headers }: { readonly status: number; readonly headers: Headers },
  followed: number,
  { otherHosts }: { readonly otherHosts: boolean },
): Next {
  const location = headerOf(headers, "location") ?? "";
  if (!STATUSES.has(status) || location === "") return { kind: "stop" };
  const reference = parseUrl(location);
  if (!reference.ok) return { kind: "fail", problem: `it redirects to "${location}": ${reference.error}` };
  const url = resolveUrl(request.url, reference.value);
  const initial = request.initial ?? request.url;
  if (!otherHosts && hostName(url) !== hostName(initial)) return { kind: "stop" };
  if (followed + 1 >= MAX_REDIRECTS) return { kind: "fail", problem: `too many redirects, the last one to "${location}"` };
  const keepsBody = status >= 307;
  // A custom Host is kept if the Location is a relative reference.
  const keepsHost = request.host !== request.url.host && reference.value.scheme === "";
  const keepsSecrets = isSubdomainOf(hostName(url), hostName(initial));
  const isKept = (name: string) => (keepsSecrets || !CREDENTIAL_HEADERS.has(name)) && (keepsBody || !BODY_HEADERS.has(name));
  return {
    kind: "follow",
    request: {
      method: keepsBody || request.method === "HEAD" ? request.method : "GET",
      url,
      host: keepsHost ? request.host : hostHeader(url),
      headers: request.headers.filter(([name]) => isKept(name.toLowerCase())),
      body: keepsBody ? request.body : "",
      referer: refererOf(request.url, url),
      initial,
    },
  };
}

function isSubdomainOf(host: string, domain: string): boolean {
  return host === domain || (!/[:%]/.test(host) && host.endsWith(`.${domain}`));
}
