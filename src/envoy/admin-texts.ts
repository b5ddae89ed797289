import { isObject } from "../go/json.ts";

/** Which connections are counted. */
export interface Counting {
  /** Ports of Envoy's own listeners, which are not counted. */
  readonly ownPorts: readonly number[];
  /** Whether those of internal listeners are. */
  readonly countsInternal: boolean;
}

/**
 * Sums the connections of Envoy's listeners from `/stats?usedonly&filter=downstream_cx_active$`; undefined if there are no such statistics.
 * Excludes Envoy's own listeners (by port, in any address family, and the admin and, by most releases, the internal ones) and per-worker
 * counts (contract 1.30 §9.3).
 */
export function activeConnections(text: string, counting: Counting): number | undefined {
  if (text.trim() === "") return undefined;
  let total = 0;
  for (const line of text.split("\n")) {
    const parts = line.split(": ");
    const [name = "", value = ""] = parts;
    if (parts.length === 2 && isCounted(name, counting) && /^\s*\d+\s*$/.test(value)) total += Number(value);
  }
  return total;
}

const LISTENER = /^listener\.(.*)\.downstream_cx_active$/;

function isCounted(name: string, { ownPorts, countsInternal }: Counting): boolean {
  const address = LISTENER.exec(name)?.[1];
  if (address === undefined || address.includes("worker_")) return false;
  if (address.startsWith("envoy_internal_")) return countsInternal;
  if (address === "admin" || address.startsWith("admin.")) return false;
  const port = Number(address.slice(address.lastIndexOf("_") + 1));
  return !ownPorts.includes(port);
}

/** What follows state and epoch in Envoy's `/server_info`: 99 % of it, which lists the extensions. A string cannot contain the line break. */
export const SERVER_INFO_NODE = '\n "node":';

/**
 * Parses Envoy's `/server_info`, all of it or up to its node; a missing state means LIVE (contract 1.6 §10.3). Undefined for any other text.
 */
export function serverInfo(text: string): { readonly state: string; readonly epoch: number } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.endsWith(",") ? `${text.slice(0, -1)}}` : text);
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  const options = parsed["command_line_options"];
  const epoch = isObject(options) ? Number(options["restart_epoch"] ?? 0) : 0;
  return { state: typeof parsed["state"] === "string" ? parsed["state"] : "LIVE", epoch };
}
