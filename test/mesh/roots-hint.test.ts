import { expect, test } from "bun:test";
import type { Endpoint } from "../../src/mesh/mesh-plan.ts";
import { rootsHint } from "../../src/mesh/roots-hint.ts";

const by = (roots: NonNullable<Endpoint["tls"]>["roots"]) => ({ tls: { serverName: "istiod", roots, policy: "" } as const });
const FILE = by({ kind: "file", path: "root.pem" });

test.each([
  ["self signed certificate in certificate chain", FILE, ' (verified with the root certificates of "root.pem")'],
  ["self-signed certificate", FILE, ' (verified with the root certificates of "root.pem")'],
  ["unable to verify the first certificate", FILE, ' (verified with the root certificates of "root.pem")'],
  ["unable to get local issuer certificate", by({ kind: "system" }), " (verified with the system's root certificates)"],
  ["connection refused", FILE, ""],
  ["certificate has expired", FILE, ""],
  ["self signed certificate", {}, ""],
])("%s", (message, endpoint, hint) => {
  expect(rootsHint(endpoint, `connection error: desc = "transport: Error while dialing: dial tcp istiod:15012: ${message}"`)).toBe(hint);
});
