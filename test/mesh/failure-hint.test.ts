import { expect, test } from "bun:test";
import { failureHint } from "../../src/mesh/failure-hint.ts";
import { CODE } from "../../src/mesh/grpc-status.ts";
import type { TokenSource } from "../../src/mesh/mesh-plan.ts";

const FILE: TokenSource = { kind: "file", path: "/token" };
const GCE: TokenSource = { kind: "gce", path: "/token", audience: "a", host: "metadata" };
const REFUSED = { code: CODE.UNAUTHENTICATED, message: "no" };
/** `{"exp": 1}` as the claims of a JWT. */
const EXPIRED = `h.${btoa('{"exp": 1}')}.s`;

test.each<[string, TokenSource, string | undefined, string, string]>([
  ["no token in the file", FILE, undefined, REFUSED.message, ' (without token: "/token" cannot be used)'],
  ["an old token in the file", FILE, EXPIRED, REFUSED.message, ' (token "/token" expired at 1970-01-01T00:00:01Z)'],
  ["an empty token", GCE, undefined, REFUSED.message, ' (without token: the metadata server "metadata" has sent an empty one)'],
  ["a metadata server that has failed", GCE, undefined, "transport: per-RPC creds failed due to error: fetch platform credential: x", ""],
  ["the token of tests", { kind: "mock" }, undefined, REFUSED.message, ""],
])("%s", (_, token, sent, message, hint) => {
  expect(failureHint({ ...REFUSED, message }, { token, endpoint: {} }, sent, 2_000)).toBe(hint);
});
