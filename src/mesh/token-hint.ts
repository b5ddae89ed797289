import { timeText } from "./certificate.ts";
import type { TokenSource } from "./mesh-plan.ts";
import { shortened } from "./peer-text.ts";
import { tokenClaims } from "./token-claims.ts";

/** Returns what may be wrong with a token that was refused, for the end of a message; may be empty. A token that is empty was not sent. */
export function tokenHint(source: TokenSource, token: string | undefined, now: number): string {
  if (source.kind === "mock") return "";
  if (token === undefined || token === "")
    return source.kind === "gce"
      ? ` (without token: the metadata server "${source.host}" has sent an empty one)`
      : ` (without token: "${source.path}" ${token === undefined ? "cannot be used" : "is empty"})`;
  return ` (token "${source.path}" ${claimsText(token, now)})`;
}

function claimsText(token: string, now: number): string {
  const claims = tokenClaims(token);
  if (claims === undefined) return "is no JWT";
  const { expiry, audiences } = claims;
  if (expiry !== undefined && expiry <= now) return `expired at ${timeText(expiry)}`;
  if (audiences.length === 0) return "has no audience";
  return `is for the audience ${shortened(audiences.map((each) => JSON.stringify(each)).join(", "))}`;
}
