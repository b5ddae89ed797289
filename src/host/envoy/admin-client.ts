import type { AdminAddress } from "../../envoy/admin-address.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { reasonOf } from "../files/read-file.ts";
import { textRequest } from "../http/text-request.ts";

/** The answer of Envoy's admin interface, or why there is none; unknown: it may still act on the request. */
export type AdminAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "failed" | "unknown"; readonly reason: string };

export type AdminClient = (method: "GET" | "POST", path: string, limit: number) => Promise<AdminAnswer>;

/** Opens a client of the admin interface of an Envoy; `limit` is the timeout of a whole call, in milliseconds. Never throws. */
export function openAdminClient(address: AdminAddress): AdminClient {
  const origin = adminOrigin(address);
  return async (method, path, limit) => {
    // Each call opens a new connection: after a hot restart another process listens on the address.
    const answer = await textRequest(address, method, path, limit);
    if (answer.kind === "answer") return answer;
    return answer.kind === "late"
      ? { kind: "unknown", reason: `${origin} did not answer within ${limit / 1000} s` }
      : { kind: "failed", reason: `${origin} did not answer: ${reasonOf(answer.error)}` };
  };
}

/** Returns the URL of an admin interface. */
export function adminOrigin({ host, port }: AdminAddress): string {
  return `http://${joinHostPort(host, String(port))}`;
}
