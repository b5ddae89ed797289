import { isObject } from "../../go/json.ts";
import type { Launch } from "../../launch/launch.ts";
import { reasonOf } from "../read-file.ts";

/** What Envoy's admin answered: a text with its status, or why there is none. */
export type AdminAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "failed" | "unknown"; readonly reason: string };

export type Admin = (method: "GET" | "POST", path: string, limit: number) => Promise<AdminAnswer>;

/** Talks to the admin interface of an Envoy; `limit` is the time of a whole call, in milliseconds. Never throws. */
export function openAdmin(launch: Launch): Admin {
  const origin = adminOrigin(launch);
  return async (method, path, limit) => {
    try {
      // No connection is kept: after a hot restart the same address is another process.
      const response = await fetch(`${origin}${path}`, {
        method,
        keepalive: false,
        redirect: "manual",
        headers: { connection: "close" },
        signal: AbortSignal.timeout(limit),
      });
      return { kind: "answer", status: response.status, text: await response.text() };
    } catch (error) {
      const isLate = error instanceof Error && error.name === "TimeoutError";
      return isLate
        ? { kind: "unknown", reason: `${origin} gives no answer within ${limit / 1000} s` }
        : { kind: "failed", reason: `${origin} gives no answer: ${reasonOf(error)}` };
    }
  };
}

/** Where the admin interface listens: as the bootstrap says, else the configured port on the IPv4 loopback. */
export function adminOrigin({ bootstrap, supervision }: Launch): string {
  const fallback = `http://127.0.0.1:${supervision.adminPort}`;
  if (bootstrap === undefined) return fallback;
  try {
    const found = ["admin", "address", "socket_address"].reduce<unknown>(
      (at, key) => (isObject(at) ? at[key] : undefined),
      JSON.parse(bootstrap),
    );
    if (!isObject(found) || typeof found["address"] !== "string" || typeof found["port_value"] !== "number") return fallback;
    const { address, port_value: port } = found;
    return `http://${String(address).includes(":") ? `[${address}]` : address}:${port}`;
  } catch {
    // A bootstrap in YAML, of a person's own template.
    return fallback;
  }
}
