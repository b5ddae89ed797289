/** Returns when a token expires, in milliseconds since 1970; undefined if it is not a JWT, or has no expiry. */
export function tokenExpiry(token: string): number | undefined {
  const [, payload, , more] = token.split(".");
  if (payload === undefined || more !== undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    const expiry = typeof claims === "object" && claims !== null && "exp" in claims ? Number(claims.exp) : Number.NaN;
    return Number.isFinite(expiry) ? expiry * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

/** How long before its expiry a token of GCE is fetched again (contract 1.30 §13b). */
const REFRESH_BEFORE = 25 * 60_000;

/** Reports whether a token of GCE is to be fetched again: it expires soon, or its expiry is unknown. */
export function needsRefresh(token: string | undefined, now: number): boolean {
  const expiry = token === undefined ? undefined : tokenExpiry(token);
  return expiry === undefined || now > expiry - REFRESH_BEFORE;
}
