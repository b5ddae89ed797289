import { percentDecoded } from "../go/bytes.ts";
import { hostHeader, hostName, parseUrl, refererOf, resolveUrl, type Url } from "../go/url.ts";
import { type Headers, headerOf } from "./header-fields.ts";

/** A request as Go's client has it: it knows where it goes. */
export interface WebRequest {
  readonly method: string;
  readonly url: Url;
  /** The header, which need not be the URL's. */
  readonly host: string;
  /** Without Host and Referer. */
  readonly headers: Headers;
  readonly body: string;
  /** The URL that led here. */
  readonly referer?: string | undefined;
  /** Where the first of several requests went. */
  readonly initial?: Url;
}

/** What follows an answer: the next request, the end, or why the redirect cannot be followed. */
export type Next =
  | { readonly kind: "follow"; readonly request: WebRequest }
  | { readonly kind: "stop" }
  | { readonly kind: "fail"; readonly problem: string };

/** How many redirects are followed before a call is given up, as in Go's client. */
const MOST_REDIRECTS = 10;
const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const SECRETS: ReadonlySet<string> = new Set([
  "authorization",
  "www-authenticate",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "proxy-authenticate",
]);
const OF_THE_BODY: ReadonlySet<string> = new Set(["content-encoding", "content-language", "content-location", "content-type"]);

/** A first request: its Host is the URL's. */
export function requestFor(url: Url, changes: Partial<WebRequest> = {}): WebRequest {
  return { method: "GET", url, host: hostHeader(url), headers: [], body: "", ...changes };
}

/** All headers of a request. A caller's own Referer and Authorization stay, else a URL's user is authorized. */
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

/** Whether and where a redirect is followed, by the rules of Go's client; `followed` are those before (contract 1.30 §10.4; recorded: probe-redirect-*). */
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
  if (followed + 1 >= MOST_REDIRECTS) return { kind: "fail", problem: `too many redirects, the last one to "${location}"` };
  const keepsBody = status >= 307;
  // A host of its own stays where the reference is no whole URL.
  const keepsHost = request.host !== request.url.host && reference.value.scheme === "";
  const keepsSecrets = isWithin(hostName(url), hostName(initial));
  const isKept = (name: string) => (keepsSecrets || !SECRETS.has(name)) && (keepsBody || !OF_THE_BODY.has(name));
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

function isWithin(host: string, domain: string): boolean {
  return host === domain || (!/[:%]/.test(host) && host.endsWith(`.${domain}`));
}
