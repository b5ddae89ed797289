import { expect, test } from "bun:test";
import { tlsFailure } from "../../src/mesh/tls-failure.ts";

test.each([
  ["error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER", "the server does not speak TLS (WRONG_VERSION_NUMBER)"],
  [
    "error:1000042e:SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION",
    "the server does not accept the offered versions of TLS (TLSV1_ALERT_PROTOCOL_VERSION)",
  ],
  [
    "error:10000458:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNRECOGNIZED_NAME",
    "the server does not know the name istiod (TLSV1_ALERT_UNRECOGNIZED_NAME)",
  ],
  ["error:10000455:SSL routines:OPENSSL_internal:reason(1109)", "error:10000455:SSL routines:OPENSSL_internal:reason(1109)"],
  [
    "error:100003f2:SSL routines:OPENSSL_internal:SSLV3_ALERT_UNEXPECTED_MESSAGE",
    "error:100003f2:SSL routines:OPENSSL_internal:SSLV3_ALERT_UNEXPECTED_MESSAGE",
  ],
  ["connection refused", "connection refused"],
  ["certificate has expired", "certificate has expired"],
])("%s", (reason, plain) => {
  expect(tlsFailure(reason, "istiod", "")).toBe(plain);
});

test("a compliance policy may be why nothing is agreed on", () => {
  const reason = (name: string) => `error:10000410:SSL routines:OPENSSL_internal:${name}`;
  const plain = tlsFailure(reason("SSLV3_ALERT_HANDSHAKE_FAILURE"), "istiod", "pqc");
  expect(plain).toEndWith("; COMPLIANCE_POLICY=pqc limits what is offered (SSLV3_ALERT_HANDSHAKE_FAILURE)");
  const curve = tlsFailure(reason("BAD_ECC_CERT"), "istiod", "fips-140-2");
  expect(curve).toBe(
    "the key of the server's certificate is of a curve that is not offered; COMPLIANCE_POLICY=fips-140-2 limits what is offered (BAD_ECC_CERT)",
  );
  expect(tlsFailure(reason("TLSV1_ALERT_UNKNOWN_CA"), "istiod", "pqc")).not.toContain("COMPLIANCE_POLICY");
});
