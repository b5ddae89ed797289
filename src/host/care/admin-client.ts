import { type AdminAddress, adminAddress } from "../../envoy/admin-address.ts";
import { joinHostPort } from "../../go/host-port.ts";
import type { Launch } from "../../launch/launch.ts";
import { textRequest } from "../http/text-request.ts";
import { reasonOf } from "../read-file.ts";
import { configurationsOf } from "./configurations.ts";

/** What Envoy's admin answered: a text with its status, or why there is none. */
export type AdminAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "failed" | "unknown"; readonly reason: string };

export type Admin = (method: "GET" | "POST", path: string, limit: number) => Promise<AdminAnswer>;

/** Talks to the admin interface of an Envoy; `limit` is the time of a whole call, in milliseconds. Never throws. */
export function openAdmin(launch: Launch): Admin {
  const origin = adminOrigin(launch);
  return async (method, path, limit) => {
    // No connection is kept: after a hot restart the same address is another process.
    const answer = await textRequest(adminOf(launch), method, path, limit);
    if (answer.kind === "answer") return answer;
    return answer.kind === "late"
      ? { kind: "unknown", reason: `${origin} gives no answer within ${limit / 1000} s` }
      : { kind: "failed", reason: `${origin} gives no answer: ${reasonOf(answer.error)}` };
  };
}

/** The admin interface of a launch as a URL. */
export function adminOrigin(launch: Launch): string {
  const { host, port } = adminOf(launch);
  return `http://${joinHostPort(host, String(port))}`;
}

const found = new WeakMap<Launch, AdminAddress>();

/** Where the admin interface listens, as the configuration says with which Envoy was started; a person's own file may change later. */
export function adminOf(launch: Launch): AdminAddress {
  const known = found.get(launch);
  if (known !== undefined) return known;
  const documents = configurationsOf(launch).map(({ document }) => document);
  const address = adminAddress(documents, { host: "127.0.0.1", port: launch.supervision.adminPort });
  found.set(launch, address);
  return address;
}
