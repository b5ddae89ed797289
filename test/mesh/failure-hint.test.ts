import { expect, test } from "bun:test";
import type { CalledServer } from "../../src/mesh/called-server.ts";
import { failureHint } from "../../src/mesh/failure-hint.ts";
import { CODE } from "../../src/mesh/grpc-status.ts";
import { grpcTarget } from "../../src/mesh/grpc-target.ts";
import type { TokenSource } from "../../src/mesh/mesh-plan.ts";

const FILE: TokenSource = { kind: "file", path: "/token" };
const GCE: TokenSource = { kind: "gce", path: "/token", audience: "a", host: "metadata" };
const REFUSED = { code: CODE.UNAUTHENTICATED, message: "no" };
/** Returns a JWT. */
const jwt = (claims: object) => `h.${btoa(JSON.stringify(claims))}.s`;
const EXPIRED = jwt({ exp: 1, aud: ["api"] });

test.each<[string, TokenSource, string | undefined, string, string]>([
  ["no token in the file", FILE, undefined, REFUSED.message, ' (without token: "/token" cannot be used)'],
  ["an old token in the file", FILE, EXPIRED, REFUSED.message, ' (token "/token" expired at 1970-01-01T00:00:01Z)'],
  ["an empty file", FILE, "", REFUSED.message, ' (without token: "/token" is empty)'],
  ["a file of something else", FILE, "secret", REFUSED.message, ' (token "/token" is no JWT)'],
  ["a token without an audience", FILE, jwt({ exp: 3, aud: 1 }), REFUSED.message, ' (token "/token" has no audience)'],
  ["a token of an audience", FILE, jwt({ aud: "api" }), REFUSED.message, ' (token "/token" is for the audience "api")'],
  ["a token of two audiences", FILE, jwt({ aud: ["a\nb", 2, "c"] }), REFUSED.message, ' (token "/token" is for the audience "a\\nb", "c")'],
  ["an empty token", GCE, undefined, REFUSED.message, ' (without token: the metadata server "metadata" has sent an empty one)'],
  ["a metadata server that has failed", GCE, undefined, "transport: per-RPC creds failed due to error: fetch platform credential: x", ""],
  ["the token of tests", { kind: "mock" }, undefined, REFUSED.message, ""],
])("%s", (_, token, sent, message, hint) => {
  expect(failureHint({ ...REFUSED, message }, { server: "CA", token, endpoint: { host: "istiod" } }, sent, 2_000)).toBe(hint);
});

const NO_CA = " (there is no CA at this address: set CA_ADDR; istiod's is on port 15012)";

test.each<[string, CalledServer["server"], CalledServer["endpoint"], number, string, string]>([
  ["a server without a CA", "CA", { host: "istiod" }, CODE.UNIMPLEMENTED, "unknown service", NO_CA],
  ["a control plane without xDS", "control-plane", { host: "istiod" }, CODE.UNIMPLEMENTED, "unknown service", ""],
  ["an address without a port", "CA", endpointOf("istiod"), CODE.UNAVAILABLE, "no", "; add the port, such as :15012"],
  ["an address with a scheme", "CA", endpointOf("https://istiod:15012"), CODE.UNAVAILABLE, "no", "; write host:port, without https://"],
  ["an address with a space", "CA", endpointOf("istiod: 15012"), CODE.UNAVAILABLE, "no", "; remove the space"],
  ["an address with another port", "CA", endpointOf("istiod:99999"), CODE.UNAVAILABLE, "no", ""],
])("%s", (_, server, endpoint, code, message, hint) => {
  expect(failureHint({ code, message }, { server, token: FILE, endpoint }, undefined, 0)).toBe(hint);
});

/** Returns the endpoint of an invalid address. */
function endpointOf(address: string): CalledServer["endpoint"] {
  const target = grpcTarget(address);
  return { host: address, problem: target.ok ? "" : target.error };
}
