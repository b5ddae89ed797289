import { bad, ok, type Parsed } from "../go/parsed.ts";
import { parseUrl } from "../go/url.ts";
import { type Headers, headerOf } from "../http/message-head.ts";
import { requestFor, type WebRequest } from "../http/redirects.ts";
import { APPLICATION_TYPES, ENVOY_TYPES, narrowAccept, type Substitutes } from "./media-types.ts";
import { isPort } from "./probe-request.ts";
import type { MetricsRules } from "./status-plan.ts";

export type Source = "envoy" | "application";

export const TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds";

/** The `Accept` header for each source, and the substitutes for wildcards of the next request. */
export interface Accepts extends Readonly<Record<Source, string>> {
  readonly substitutes: Substitutes;
}

/** Returns the `Accept` for each source; the caller's own where it is not narrowed (contract 1.6 §11.2, 1.30 §10.3). */
export function acceptsFor(
  caller: Headers,
  { narrowsAccept, envoyPort, application, applications }: MetricsRules,
  substitutes: Substitutes,
): Accepts {
  const accept = headerOf(caller, "accept") ?? "";
  if (!narrowsAccept) return { envoy: accept, application: accept, substitutes };
  const envoy = envoyPort === undefined ? { accept, substitutes } : narrowAccept(accept, ENVOY_TYPES, substitutes);
  if (application === undefined && applications === undefined)
    return { envoy: envoy.accept, application: accept, substitutes: envoy.substitutes };
  const other = narrowAccept(accept, APPLICATION_TYPES, envoy.substitutes);
  return { envoy: envoy.accept, application: other.accept, substitutes: other.substitutes };
}

/** Creates the request for a source's metrics, with headers of the caller's; an error if its URL is invalid. */
export function scrapeRequest(port: string, target: string, accept: string, caller: Headers): Parsed<WebRequest> {
  const text = `http://localhost:${port}${target}`;
  const url = parseUrl(text);
  if (!url.ok) return bad(`"${text}": ${url.error}`);
  if (!isPort(Number(port)) || !/^\d+$/.test(port)) return bad(`invalid port ${port}`);
  if (!/^([/?#]|$)/.test(target)) return bad(`${text} is not a URL that can be requested`);
  const copied = ["User-Agent", TIMEOUT_HEADER].map((name) => [name, headerOf(caller, name.toLowerCase()) ?? ""] as const);
  // Empty headers are omitted.
  const headers = [["Accept", accept] as const, ...copied].filter(([, value]) => value !== "");
  return ok(requestFor(url.value, { headers }));
}
