import { percentDecoded, percentEncoded, textOfBytes } from "../go/bytes.ts";
import { isLoopbackPeer } from "../http/loopback.ts";
import { emptyReply, errorReply, type Reply, reasonPhrase } from "../http/reply.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { Endpoint, PathRule, Route, StatusPlan } from "./status-plan.ts";

const PLAIN = ["Content-Type", "text/plain; charset=utf-8"] as const;

/** What a request leads to: an answer that needs nothing of the machine, or an endpoint to run. */
export type Routed = { readonly reply: Reply } | { readonly endpoint: Endpoint; readonly path: string; readonly query: string };

/** Sorts a request by the plan's routes. The peer's address is looked at before the method (recorded: quit-not-loopback-get). */
export function route({ target, method }: RequestHead, peer: string, plan: StatusPlan): Routed {
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

/** A redirect; those who asked with GET or HEAD also get it as a page, in which no character of the location is markup. */
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

/** What a request target leads to; a path is percent-decoded, as UTF-8. */
export type Found =
  | { readonly kind: "route"; readonly route: Route; readonly path: string; readonly query: string }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "missing" }
  | { readonly kind: "malformed" };

const MISSING: Found = { kind: "missing" };
const MALFORMED: Found = { kind: "malformed" };

/**
 * Finds the route of a request target by the rules of Go's router: an unclean path is redirected to its clean form, the
 * rest is compared exactly after percent-decoding, as a whole or segment by segment (recorded: unclean-path, escaped-path).
 */
export function findRoute(target: string, method: string, routes: readonly Route[], rule: PathRule): Found {
  const { path: escaped, query } = split(target);
  if (target === "*" || !escaped.startsWith("/")) return MALFORMED;
  const decoded = percentDecoded(escaped);
  if (decoded === undefined) return MALFORMED;
  const path = rule.escapedSlashes ? decoded : ENCODED.test(escaped) ? escaped : escapePath(decoded);
  const clean = method === "CONNECT" ? path : cleanPath(path);
  // Today's router compares segments, in which a slash is none.
  const compared = rule.escapedSlashes ? clean : (percentDecoded(clean.replace(/%2f/gi, "\0")) ?? "");
  const redirectTo = (location: string): Found => ({ kind: "redirect", location: query === "" ? location : `${location}?${query}` });
  if (routes.some((route) => route.path === `${compared}/`)) return redirectTo(`${escapePath(cleanPath(decoded))}/`);
  // Today's router escapes once more what is escaped already.
  if (clean !== path) return redirectTo(escapePath(clean));
  const route = routes.find((each) => isBelow(compared, each.path));
  return route === undefined ? MISSING : { kind: "route", route, path: textOfBytes(decoded), query };
}

/** Path and query of a target in origin or absolute form. */
function split(target: string): { readonly path: string; readonly query: string } {
  const origin = target.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*/, "");
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(origin) ?? [];
  return { path: path === "" && origin !== target ? "/" : path, query };
}

function isBelow(path: string, pattern: string): boolean {
  return pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern;
}

/** Go's `path.Clean` for a rooted path, a final slash kept. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const joined = `/${parts.join("/")}`;
  return joined !== "/" && /\/(\.{1,2})?$/.test(path) && path.endsWith("/") ? `${joined}/` : joined;
}

/** A path that Go takes for escaped already; of any other it escapes the decoded form. */
const ENCODED = /^[-A-Za-z0-9_.~!$&'()*+,;=:@[\]%/]*$/;

/** Go's escaping of a path. */
function escapePath(path: string): string {
  return path.replace(/[^-A-Za-z0-9_.~$&+,/:;=@]/g, percentEncoded);
}
