import { expect, test } from "bun:test";
import type { CalledServer } from "../../src/mesh/called-server.ts";
import { protocolHint } from "../../src/mesh/protocol-hint.ts";

const PLAIN = { host: "istiod" };
const TLS = { ...PLAIN, tls: { serverName: "istiod", roots: { kind: "system" }, policy: "" } } as const;
const CA_TO_PLAIN = " (check the port: plain text is used for a CA only on port 15010)";
const XDS_TO_PLAIN = " (check the port, or set controlPlaneAuthPolicy NONE for plain text)";
const CA_TO_TLS = " (the server may expect TLS, which is not used for a CA on port 15010)";
const XDS_TO_TLS = " (the server may expect TLS: remove controlPlaneAuthPolicy NONE)";
const NO_GRPC = " (this is no gRPC server: check the port)";

test.each<[string, CalledServer["server"], CalledServer["endpoint"], string]>([
  ["the server does not speak TLS (WRONG_VERSION_NUMBER)", "CA", TLS, CA_TO_PLAIN],
  ["the server does not speak TLS (WRONG_VERSION_NUMBER)", "control-plane", TLS, XDS_TO_PLAIN],
  ["the server does not offer h2 (ALPN)", "CA", TLS, NO_GRPC],
  ["the server does not offer h2 (ALPN) (TLSV1_ALERT_NO_APPLICATION_PROTOCOL)", "control-plane", TLS, NO_GRPC],
  ["EOF", "CA", TLS, ""],
  ["connection reset by peer", "CA", TLS, ""],
  ["EOF", "CA", PLAIN, CA_TO_TLS],
  ["EOF", "control-plane", PLAIN, XDS_TO_TLS],
  ["connection reset by peer", "control-plane", PLAIN, XDS_TO_TLS],
  ["connect: connection refused", "CA", PLAIN, ""],
  ["connect: connection reset by peer", "CA", PLAIN, ""],
  ["no SETTINGS frame from istiod:15012 within 20 s", "CA", PLAIN, ""],
])("%s (%s, %o)", (reason, server, endpoint, hint) => {
  const message = `connection error: desc = "transport: Error while dialing: dial tcp istiod:15012: ${reason}"`;
  expect(protocolHint({ server, endpoint }, message)).toBe(hint);
});

test("a connection that was made before has no hint", () => {
  expect(protocolHint({ server: "CA", endpoint: PLAIN }, "error reading from server: EOF")).toBe("");
});
