import { expect, test } from "bun:test";
import type { CalledServer } from "../../src/mesh/called-server.ts";
import type { TlsPlan } from "../../src/mesh/mesh-plan.ts";
import { rootsHint } from "../../src/mesh/roots-hint.ts";

const PLAIN = { host: "istiod" };
const by = (roots: TlsPlan["roots"]) => ({ ...PLAIN, tls: { serverName: "istiod", roots, policy: "" } as const });
const FILE = by({ kind: "file", path: "root.pem" });
const HINT = ' (verified with the root certificates of "root.pem", none of which has signed the certificate: set XDS_ROOT_CA)';

test.each<[string, CalledServer["server"], CalledServer["endpoint"], string]>([
  ["self signed certificate in certificate chain", "control-plane", FILE, HINT],
  ["self-signed certificate", "control-plane", FILE, HINT],
  ["unable to verify the first certificate", "control-plane", FILE, HINT],
  [
    "unable to get local issuer certificate",
    "CA",
    by({ kind: "system" }),
    " (verified with the system's root certificates, none of which has signed the certificate: set CA_ROOT_CA)",
  ],
  ["connection refused", "CA", FILE, ""],
  ["certificate has expired", "CA", FILE, ""],
  ["self signed certificate", "CA", PLAIN, ""],
])("%s", (reason, server, endpoint, hint) => {
  const message = `connection error: desc = "transport: Error while dialing: dial tcp istiod:15012: ${reason}"`;
  expect(rootsHint({ server, endpoint }, message)).toBe(hint);
});
