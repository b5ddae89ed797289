import { percentDecoded, percentEncoded, textOfBytes } from "../go/bytes.ts";
import { isLoopbackPeer } from "../http/loopback.ts";
import type { RequestHead } from "../http/message-head.ts";
import { emptyReply, errorReply, type Reply, reasonPhrase } from "../http/reply.ts";
import type { Endpoint, PathRule, Route, StatusPlan } from "./status-plan.ts";

const PLAIN = ["Content-Type", "text/plain; charset=utf-8"] as const;

/** The result of routing: a response that is complete, or an endpoint to call. */
export type RouteResult = { readonly reply: Reply } | { readonly endpoint: Endpoint; readonly path: string; readonly query: string };

/** Routes a request. The peer's address is checked before the method (recorded: quit-not-loopback-get). */
export function route({ target, method }: RequestHead, peer: string, plan: StatusPlan): RouteResult {
  if (target === "*") return { reply: emptyReply(method === "OPTIONS" ? 200 : 400) };
  const found = findRoute(target, method, plan.routes, plan.paths);
  if (found.kind === "malformed") return { reply: { status: 400, headers: [PLAIN], body: "400 Bad Request" } };
  if (found.kind === "missing") return { reply: errorReply(404, "404 page not found") };
  if (found.kind === "redirect") return { reply: redirectReply(plan.paths.redirect, method, found.location) };
  const { endpoint, loopbackOnly, postOnly } = found.route;
  if (loopbackOnly === true && !isLoopbackPeer(peer)) return { reply: errorReply(403, "Only requests from localhost are allowed") };
  if (postOnly === true && method !== "POST") return { reply: errorReply(405, "Method Not Allowed") };
  return { endpoint, path: found.path, query: found.query };
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** Returns a redirect; for GET and HEAD with an HTML page in which the location is escaped. */
function redirectReply(status: number, method: string, location: string): Reply {
  if (method !== "GET" && method !== "HEAD") return { status, headers: [["Location", location]], body: "" };
  const href = location.replace(/[&<>"']/g, (each) => ENTITIES[each] ?? each);
  return {
    status,
    headers: [
      ["Location", location],
      ["Content-Type", "text/html; charset=utf-8"],
    ],
    body: `<a href="${href}">${reasonPhrase(status)}</a>.\n\n`,
  };
}

/** The route of a request target; its path is percent-decoded as UTF-8. */
export type Found =
  | { readonly kind: "route"; readonly route: Route; readonly path: string; readonly query: string }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "missing" }
  | { readonly kind: "malformed" };

const MISSING: Found = { kind: "missing" };
const MALFORMED: Found = { kind: "malformed" };

/**
 * Finds the route of a request target by the rules of Go's router: redirects an unclean path to its clean form, and compares any other
 * after percent-decoding, as a whole or by segment (recorded: unclean-path, escaped-path).
 */
export function findRoute(target: string, method: string, routes: readonly Route[], rule: PathRule): Found {
  const { path: escaped, query } = split(target);
  if (target === "*" || !escaped.startsWith("/")) return MALFORMED;
  const decoded = percentDecoded(escaped);
  if (decoded === undefined) return MALFORMED;
  const path = rule.escapedSlashes ? decoded : ENCODED.test(escaped) ? escaped : escapePath(decoded);
  const clean = method === "CONNECT" ? path : cleanPath(path);
  // Newer routers compare by segment, so an escaped slash does not separate segments.
  const compared = rule.escapedSlashes ? clean : (percentDecoded(clean.replace(/%2f/gi, "\0")) ?? "");
  const redirectTo = (location: string): Found => ({ kind: "redirect", location: query === "" ? location : `${location}?${query}` });
  if (routes.some((route) => route.path === `${compared}/`)) return redirectTo(`${escapePath(cleanPath(decoded))}/`);
  // Newer routers escape the path again, even if it is escaped already.
  if (clean !== path) return redirectTo(escapePath(clean));
  const route = routes.find((each) => isBelow(compared, each.path));
  return route === undefined ? MISSING : { kind: "route", route, path: textOfBytes(decoded), query };
}

/** Splits a target in origin or absolute form into path and query. */
function split(target: string): { readonly path: string; readonly query: string } {
  const origin = target.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*/, "");
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(origin) ?? [];
  return { path: path === "" && origin !== target ? "/" : path, query };
}

function isBelow(path: string, pattern: string): boolean {
  return pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern;
}

/** Go's `path.Clean` for a rooted path, but keeps a trailing slash. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const joined = `/${parts.join("/")}`;
  return joined !== "/" && path.endsWith("/") ? `${joined}/` : joined;
}

/** Matches a path that Go considers escaped already; any other is decoded and escaped again. */
const ENCODED = /^[-A-Za-z0-9_.~!$&'()*+,;=:@[\]%/]*$/;

/** Escapes a path as Go does. */
function escapePath(path: string): string {
  return path.replace(/[^-A-Za-z0-9_.~$&+,/:;=@]/g, percentEncoded);
}
