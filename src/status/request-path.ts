import { percentDecoded, percentEncoded, textOfBytes } from "../go/bytes.ts";
import type { PathRule, Route } from "./status-plan.ts";

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
