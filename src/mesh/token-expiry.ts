import { tokenClaims } from "./token-claims.ts";

/** Returns when a token expires, in milliseconds since 1970; undefined if it is not a JWT, or has no expiry. */
export function tokenExpiry(token: string): number | undefined {
  return tokenClaims(token)?.expiry;
}

/** How long before its expiry a token of GCE is fetched again (contract 1.30 §13b). */
const REFRESH_BEFORE = 25 * 60_000;

/** Reports whether a token of GCE is to be fetched again: it expires soon, or its expiry is unknown. */
export function needsRefresh(token: string | undefined, now: number): boolean {
  const expiry = token === undefined ? undefined : tokenExpiry(token);
  return expiry === undefined || now > expiry - REFRESH_BEFORE;
}
