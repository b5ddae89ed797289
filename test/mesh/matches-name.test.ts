import { expect, test } from "bun:test";
import { dnsNames, matchesName } from "../../src/mesh/matches-name.ts";

// What Go's x509.Certificate.VerifyHostname says of a name in a certificate, and a name that is looked for.
test.each([
  ["istiod.istio-system.svc", "istiod.istio-system.svc", true],
  ["Istiod.Istio-System.svc", "iSTIOD.istio-system.SVC", true],
  ["istiod.istio-system.svc", "istiod.istio-system.svc.", true],
  ["istiod.istio-system.svc.", "istiod.istio-system.svc", false],
  ["istiod.istio-system.svc.", "istiod.istio-system.svc.", true],
  ["istiod.istio-system.svc", "istiod.istio-system", false],
  ["*.istio-system.svc", "istiod.istio-system.svc", true],
  ["*.istio-system.svc", "a.istiod.istio-system.svc", false],
  ["*.istio-system.svc", "istio-system.svc", false],
  ["*.istio-system.svc", "*.istio-system.svc", true],
  ["*.istio-system.svc", ".istio-system.svc", false],
  ["istiod.istio-system.svc", ".istio-system.svc", false],
  ["istiod.istio-system.svc", "*.istio-system.svc", false],
  ["is*.istio-system.svc", "istiod.istio-system.svc", false],
  ["is*.istio-system.svc", "is*.istio-system.svc", true],
  ["istiod.*.svc", "istiod.istio-system.svc", false],
  ["*.corp", "istiod.corp", true],
  ["*.xn--p1ai", "istiod.xn--p1ai", true],
  ["*", "istiod", false],
  ["*", "*", true],
  ["*.my_team.corp.example", "istiod.my_team.corp.example", true],
  ["*.example.com", "istiod_a.example.com", true],
  ["*.example.com", "-.example.com", false],
  ["*.a-.svc", "b.a-.svc", true],
  ["a-.svc", "a-.svc", true],
  ["-a.svc", "-a.svc", true],
  ["a..svc", "a..svc", true],
  ["*..svc", "a..svc", false],
  ["a b", "A B", true],
  ["É.svc", "é.svc", false],
  ["", "", false],
  [".", ".", false],
  ["", ".", false],
])("a certificate for %j is valid for %j: %p", (alternativeName, name, expected) => {
  expect(matchesName(alternativeName, name)).toBe(expected);
});

test.each([
  [undefined, []],
  ["", []],
  ["DNS:a, IP Address:10.0.0.1, DNS:*.b, URI:spiffe://c/d", ["a", "*.b"]],
  [String.raw`DNS:"a\u002c DNS:b", DNS:"c\"d", URI:"DNS:e"`, ["a, DNS:b", 'c"d']],
])("the DNS names of %j", (alternativeNames, expected) => {
  expect(dnsNames(alternativeNames)).toEqual(expected);
});
