/** What a JWT says of itself; its signature is not verified. */
export interface TokenClaims {
  /** When it expires, in milliseconds since 1970; absent without an expiry. */
  readonly expiry?: number;
  /** Who it is for. */
  readonly audiences: readonly string[];
}

/** Returns the claims of a token; undefined if it is no JWT. */
export function tokenClaims(token: string): TokenClaims | undefined {
  const [, payload, , more] = token.split(".");
  if (payload === undefined || more !== undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    if (typeof claims !== "object" || claims === null) return undefined;
    const expiry = "exp" in claims ? Number(claims.exp) : Number.NaN;
    const audiences: readonly unknown[] = "aud" in claims ? [claims.aud].flat() : [];
    return {
      ...(Number.isFinite(expiry) && { expiry: expiry * 1_000 }),
      audiences: audiences.filter((each) => typeof each === "string"),
    };
  } catch {
    return undefined;
  }
}
