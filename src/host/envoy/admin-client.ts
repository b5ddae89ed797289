import type { AdminAddress } from "../../envoy/admin-address.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { reasonOf } from "../files/read-file.ts";
import { textRequest } from "../http/text-request.ts";

/** What Envoy's admin answered: a text with its status, or why there is none. */
export type AdminAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "failed" | "unknown"; readonly reason: string };

export type AdminClient = (method: "GET" | "POST", path: string, limit: number) => Promise<AdminAnswer>;

/** Talks to the admin interface of an Envoy; `limit` is the time of a whole call, in milliseconds. Never throws. */
export function openAdminClient(address: AdminAddress): AdminClient {
  const origin = adminOrigin(address);
  return async (method, path, limit) => {
    // No connection is kept: after a hot restart the same address is another process.
    const answer = await textRequest(address, method, path, limit);
    if (answer.kind === "answer") return answer;
    return answer.kind === "late"
      ? { kind: "unknown", reason: `${origin} did not answer within ${limit / 1000} s` }
      : { kind: "failed", reason: `${origin} did not answer: ${reasonOf(answer.error)}` };
  };
}

/** Returns an admin interface as a URL. */
export function adminOrigin({ host, port }: AdminAddress): string {
  return `http://${joinHostPort(host, String(port))}`;
}
