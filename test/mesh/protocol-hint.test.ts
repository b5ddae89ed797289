import { expect, test } from "bun:test";
import { protocolHint } from "../../src/mesh/protocol-hint.ts";

const TLS = { tls: { serverName: "istiod", roots: { kind: "system" }, policy: "" } } as const;
const TO_PLAIN = " (check the port; plain text is used for a CA on port 15010, and for a control plane with controlPlaneAuthPolicy NONE)";
const TO_TLS = " (the server may expect TLS; this is plain text because of controlPlaneAuthPolicy NONE, or port 15010 of a CA)";

test.each([
  ["the server does not speak TLS (WRONG_VERSION_NUMBER)", TLS, TO_PLAIN],
  ["EOF", TLS, ""],
  ["connection reset by peer", TLS, ""],
  ["EOF", {}, TO_TLS],
  ["connection reset by peer", {}, TO_TLS],
  ["connect: connection refused", {}, ""],
  ["connect: connection reset by peer", {}, ""],
  ["no SETTINGS frame from istiod:15012 within 20 s", {}, ""],
] as const)("%s (%o)", (reason, endpoint, hint) => {
  expect(protocolHint(endpoint, `connection error: desc = "transport: Error while dialing: dial tcp istiod:15012: ${reason}"`)).toBe(hint);
});

test("a connection that was made before has no hint", () => {
  expect(protocolHint({}, "error reading from server: EOF")).toBe("");
});
