import { expect, test } from "bun:test";
import type { CalledServer } from "../../src/mesh/called-server.ts";
import { nameHint } from "../../src/mesh/name-hint.ts";

const of = (host: string, serverName: string, nameOrigin?: "ISTIOD_SAN"): CalledServer["endpoint"] => ({
  host,
  tls: { serverName, roots: { kind: "system" }, policy: "", ...(nameOrigin && { nameOrigin }) },
});
const IP = of("10.0.0.7", "10.0.0.7");
const NAMED = of("10.0.0.7", "x", "ISTIOD_SAN");
const FORWARDED = of("localhost", "istiod.istio-system.svc");
const OF_CA = "set CA_ADDR to a name that it is for, or without CA_ADDR set ISTIOD_SAN";
const OF_XDS = "set ISTIOD_SAN to a name that it is for";

test.each<[string, CalledServer["server"], CalledServer["endpoint"], string]>([
  ["but for DNS:istiod.istio-system.svc, DNS:localhost", "control-plane", IP, ` (${OF_XDS})`],
  ["but for URI:spiffe://a/b, IP Address:10.0.0.8", "CA", IP, ` (${OF_CA})`],
  ["but for DNS:istiod", "CA", NAMED, " (set ISTIOD_SAN to a name that it is for)"],
  ["but for DNS:istiod", "control-plane", FORWARDED, ` (istiod's name is expected at localhost; ${OF_XDS})`],
  ["but for URI:spiffe://cluster.local/ns/istio-system/sa/istiod", "CA", IP, ""],
  ["but for no name", "CA", IP, ""],
])("a certificate %s (%s, %o)", (names, server, endpoint, hint) => {
  const message = `connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.7:15012: the certificate is not valid for x, ${names}"`;
  expect(nameHint({ server, endpoint }, message)).toBe(hint);
});

test("another failure has no hint", () => {
  expect(nameHint({ server: "CA", endpoint: IP }, "connect: connection refused")).toBe("");
});
