import { percentDecoded, percentEncoded } from "./bytes.ts";
import { quote } from "./literal.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/**
 * A URL, or a reference to resolve against one, as parsed by Go's `net/url`. One character per byte; path and query stay encoded as in the
 * request.
 */
export interface Url {
  /** In lower case; empty in a relative reference. */
  readonly scheme: string;
  /** The user info, as written; absent without one. */
  readonly user?: string;
  /** Including the port, as written; may be empty. */
  readonly host: string;
  readonly path: string;
  /** Undefined without a question mark. */
  readonly query: string | undefined;
}

/** Where to send a request, and its target. */
export interface RequestAddress {
  readonly tls: boolean;
  /** Empty for the local machine. */
  readonly host: string;
  readonly port: number;
  readonly target: string;
}

const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const NOT_IN_HOST = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\x80-\xff]/;
const PLAIN_PATH = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/%]*$/;

/** Parses a URL or reference: Go's `url.Parse`. */
export function parseUrl(text: string): Parsed<Url> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text)) return bad("net/url: invalid control character in URL");
  if (text.startsWith(":")) return bad("missing protocol scheme");
  const [, before = "", fragment = ""] = /^([^#]*)#?(.*)$/s.exec(text) ?? [];
  const [, written = "", rest = ""] = /^((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?)(.*)$/s.exec(before) ?? [];
  const scheme = written.slice(0, -1).toLowerCase();
  const mark = rest.indexOf("?");
  const [hierarchy, query] = mark < 0 ? [rest, undefined] : [rest.slice(0, mark), rest.slice(mark + 1)];
  if (scheme !== "" && !hierarchy.startsWith("/")) return ok({ scheme, host: "", path: "", query });
  if (/^[^/]*:/.test(hierarchy)) return bad("first path segment in URL cannot contain colon");
  const hasAuthority = hierarchy.startsWith("//") && (scheme !== "" || !hierarchy.startsWith("///"));
  const slash = hasAuthority ? hierarchy.indexOf("/", 2) : 0;
  const authority = hasAuthority ? hierarchy.slice(2, slash < 0 ? undefined : slash) : "";
  const host = hostOf(authority);
  if (!host.ok) return host;
  const path = escapePath(slash < 0 ? "" : hierarchy.slice(slash));
  const unparsed = escapePath(fragment);
  if (!path.ok) return path;
  const at = authority.lastIndexOf("@");
  const user = at < 0 ? {} : { user: authority.slice(0, at) };
  if (percentDecoded(user.user ?? "") === undefined) return brokenEscapeIn(user.user ?? "");
  return unparsed.ok ? ok({ scheme, ...user, host: host.value, path: path.value, query }) : unparsed;
}

/** Resolves a reference against a base URL: Go's `URL.ResolveReference`. */
export function resolveUrl(base: Url, reference: Url): Url {
  const { scheme, user, host, path, query } = reference;
  if (scheme !== "" || host !== "" || user !== undefined)
    return { ...reference, scheme: scheme || base.scheme, path: resolvePath(path, "") };
  return { ...base, path: resolvePath(base.path, path), query: path === "" && query === undefined ? base.query : query };
}

/** Formats a URL: Go's `URL.String`. */
export function urlText({ scheme, host, path, query }: Url): string {
  return `${scheme}://${host}${path}${query === undefined ? "" : `?${query}`}`;
}

/** Returns the `Referer` of a redirected request; not sent from HTTPS to HTTP. */
export function refererOf(from: Url, to: Url): string | undefined {
  return from.scheme === "https" && to.scheme === "http" ? undefined : urlText(from);
}

/** Returns where Go's client would send a request for a URL, or its error. */
export function requestAddress(url: Url): Parsed<RequestAddress> {
  const { scheme, host } = url;
  if (scheme !== "http" && scheme !== "https") return bad(`unsupported protocol scheme "${scheme}"`);
  if (host === "") return bad("no Host in request URL");
  const tls = scheme === "https";
  const written = /:(\d+)$/.exec(host)?.[1];
  const port = written === undefined ? (tls ? 443 : 80) : Number(written);
  if (port < 1 || port > 65_535) return bad(`invalid port ${port}`);
  return ok({ tls, host: hostName(url).replace("%25", "%"), port, target: requestTarget(url) });
}

/** Returns the host without port and brackets: Go's `URL.Hostname`. */
export function hostName({ host }: Url): string {
  const name = host.replace(/:\d*$/, "");
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}

/** Returns the `Host` header of a request for a URL; an empty port is omitted. */
export function hostHeader({ host }: Url): string {
  return host.replace(/:$/, "");
}

/** Returns path and query of a request for a URL: Go's `URL.RequestURI`, with spaces escaped. */
export function requestTarget({ path, query }: Url): string {
  return `${path === "" ? "/" : path}${query === undefined ? "" : `?${query.replaceAll(" ", "%20")}`}`;
}

function hostOf(authority: string): Parsed<string> {
  const at = authority.lastIndexOf("@");
  if (!USER.test(authority.slice(0, Math.max(at, 0)))) return bad("net/url: invalid userinfo");
  const host = authority.slice(at + 1);
  const isBracketed = host.startsWith("[");
  const end = host.lastIndexOf(isBracketed ? "]" : ":");
  if (isBracketed && end < 0) return bad("missing ']' in host");
  const port = end < 0 ? "" : host.slice(isBracketed ? end + 1 : end);
  if (!/^(:\d*)?$/.test(port)) return bad(`invalid port ${quote(port)} after host`);
  const [strange] = NOT_IN_HOST.exec(host) ?? [];
  if (strange !== undefined) return bad(`invalid character ${quote(strange)} in host name`);
  const [broken] = /%(?!25|[89a-fA-F][0-9a-fA-F]).{0,2}/s.exec(host) ?? [];
  return broken === undefined ? ok(host) : brokenEscape(broken);
}

/** Go's `URL.EscapedPath`: the path as written if every character is allowed, else decoded and escaped again. */
function escapePath(path: string): Parsed<string> {
  const decoded = percentDecoded(path);
  if (decoded === undefined) return brokenEscapeIn(path);
  return ok(PLAIN_PATH.test(path) ? path : decoded.replace(/[^A-Za-z0-9\-._~$&+,/:;=@]/gs, percentEncoded));
}

function brokenEscapeIn(text: string): Parsed<never> {
  return brokenEscape(/%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)?.[0] ?? text);
}

function brokenEscape(text: string): Parsed<never> {
  return bad(`invalid URL escape ${quote(text)}`);
}

/** Removes dot segments one after the other: Go's `resolvePath`. */
function resolvePath(base: string, reference: string): string {
  const full = reference === "" ? base : reference.startsWith("/") ? reference : base.slice(0, base.lastIndexOf("/") + 1) + reference;
  if (full === "") return "";
  const segments = full.split("/");
  const last = segments.at(-1);
  let path = "";
  let isFirst = true;
  for (const segment of segments) {
    if (segment === ".") {
      isFirst = false;
    } else if (segment === "..") {
      const slash = path.lastIndexOf("/");
      isFirst = slash < 0;
      path = path.slice(0, Math.max(slash, 0));
    } else {
      path += isFirst ? segment : `/${segment}`;
      isFirst = false;
    }
  }
  const ended = last === "." || last === ".." ? `${path}/` : path;
  return ended.startsWith("/") ? ended : `/${ended}`;
}
