import { describe, expect, test } from "bun:test";
import { type IssuedFacts, refusalOf, timeText } from "../../src/mesh/certificate.ts";
import { needsRefresh, tokenExpiry } from "../../src/mesh/token-expiry.ts";

const NOW = Date.UTC(2026, 10, 29);
const leaf = { notAfter: NOW + 1_000, isAuthority: false, identity: "spiffe://a" };
const root = { notAfter: NOW - 1_000, isAuthority: true, identity: "O=a" };
const GOOD: IssuedFacts = { leaf, matchesKey: true, roots: [root] };

describe("refusalOf", () => {
  test.each<[name: string, facts: Partial<IssuedFacts>, refusal: string | undefined]>([
    ["good certificates", {}, undefined],
    ["one authority among the roots", { roots: [leaf, root] }, undefined],
    [
      "no certificate at all",
      { leaf: "failed to decode certificate", matchesKey: false, roots: [] },
      "failed to extract expire time from server certificate in CSR response: failed to decode certificate",
    ],
    ["another key", { matchesKey: false }, "the issued certificate does not belong to the key of the request"],
    [
      "expired",
      { leaf: { ...leaf, notAfter: NOW } },
      "the issued certificate expired at 2026-11-29T00:00:00Z; the clock of this machine is at 2026-11-29T00:00:00Z",
    ],
    ["no root", { roots: [] }, "the last certificate of the CA is not one of a certificate authority"],
    [
      "a root that is not a certificate authority",
      { roots: [leaf] },
      "the last certificate of the CA is not one of a certificate authority",
    ],
    ["an element that Envoy cannot load", { unusable: 2 }, "element 2 of the chain of the CA contains something that is no certificate"],
  ])("%s", (_, facts, refusal) => {
    expect(refusalOf({ ...GOOD, ...facts }, NOW)).toBe(refusal);
  });
});

test("timeText", () => {
  expect([NOW, NOW + 999, Number.NaN].map(timeText)).toEqual(["2026-11-29T00:00:00Z", "2026-11-29T00:00:00Z", "NaN"]);
});

const jwt = (claims: unknown) =>
  ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".");

describe("the expiry of a token", () => {
  test.each<[name: string, token: string, expiry: number | undefined]>([
    ["a JWT", jwt({ exp: 1_700_000_000 }), 1_700_000_000_000],
    ["without expiry", jwt({ iss: "x" }), undefined],
    ["an expiry that is no number", jwt({ exp: "soon" }), undefined],
    ["no object", jwt(7), undefined],
    ["nothing", jwt(null), undefined],
    ["no JWT", "token", undefined],
    ["no JSON", "a.b.c", undefined],
    ["too many parts", `${jwt({ exp: 1 })}.x`, undefined],
  ])("%s", (_, token, expiry) => {
    expect(tokenExpiry(token)).toBe(expiry);
  });

  test.each<[name: string, token: string | undefined, needs: boolean]>([
    ["26 minutes left", jwt({ exp: NOW / 1_000 + 26 * 60 }), false],
    ["24 minutes left", jwt({ exp: NOW / 1_000 + 24 * 60 }), true],
    ["no expiry", "token", true],
    ["no token yet", undefined, true],
  ])("needsRefresh: %s", (_, token, needs) => {
    expect(needsRefresh(token, NOW)).toBe(needs);
  });
});
