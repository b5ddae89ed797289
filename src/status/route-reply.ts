import { isLoopbackPeer } from "../http/loopback.ts";
import type { RequestHead } from "../http/message-head.ts";
import { emptyReply, errorReply, type Reply, reasonPhrase } from "../http/reply.ts";
import { findRoute } from "./request-path.ts";
import type { Endpoint, StatusPlan } from "./status-plan.ts";

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
