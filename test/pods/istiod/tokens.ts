import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";

/** Issues tokens of service accounts, and publishes the key that they are verified with. */
export interface TokenIssuer extends Disposable {
  /** What istiod has to know, as its JWT_RULE. */
  readonly rule: string;
  readonly token: (account: string) => string;
}

const ISSUER = "https://issuer.test";
const AUDIENCE = "istio-ca";

/** Starts an issuer. */
export function startTokenIssuer(hostname: string): TokenIssuer {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = createPublicKey(privateKey).export({ format: "jwk" });
  const server = Bun.serve({
    hostname,
    port: 0,
    fetch: () => Response.json({ keys: [{ ...jwk, kid: "1", use: "sig", alg: "RS256" }] }),
  });
  return {
    rule: JSON.stringify({ issuer: ISSUER, jwks_uri: `${server.url.href}keys`, audiences: [AUDIENCE] }),
    token(account) {
      const now = Math.floor(Date.now() / 1_000);
      const claims = { iss: ISSUER, aud: [AUDIENCE], sub: `system:serviceaccount:default:${account}`, iat: now, exp: now + 3_600 };
      const text = [{ alg: "RS256", kid: "1", typ: "JWT" }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}
