import { timeText } from "./certificate.ts";
import type { TokenSource } from "./mesh-plan.ts";
import { tokenExpiry } from "./token-expiry.ts";

/** Returns what may be wrong with a token that was refused, for the end of a message; may be empty. */
export function tokenHint(source: TokenSource, token: string | undefined, now: number): string {
  if (source.kind === "mock") return "";
  if (token === undefined)
    return source.kind === "gce"
      ? ` (without token: the metadata server "${source.host}" has sent an empty one)`
      : ` (without token: "${source.path}" cannot be used)`;
  const expiry = tokenExpiry(token);
  return expiry !== undefined && expiry <= now ? ` (token "${source.path}" expired at ${timeText(expiry)})` : "";
}
