import { describe, expect, test } from "bun:test";
import { keyArguments, requestOf, requestText, type UsableKey, wantedBy } from "../../src/mesh/key-maker.ts";
import { pemText } from "../../src/mesh/pem.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa/server";
const RSA: UsableKey = { kind: "rsa", bits: 2_048, pkcs8: false };
const PLANS: readonly UsableKey[] = [
  RSA,
  { kind: "rsa", bits: 4_096, pkcs8: true },
  { kind: "ec", curve: "P-256", pkcs8: false },
  { kind: "ec", curve: "P-384", pkcs8: true },
];

describe("arguments", () => {
  test.each(PLANS.map((plan) => [`${plan.kind}, PKCS#8: ${plan.pkcs8}`, plan] as const))("%s", (_, plan) => {
    for (const identity of [IDENTITY, "", "-x", "a b\n\u{1f600}"]) {
      const wanted = { plan, identity };
      expect(wantedBy(keyArguments(wanted))).toEqual(wanted);
    }
  });

  test.each<readonly string[][]>(
    [
      [],
      ["2048"],
      ["2048", "RSA PRIVATE KEY"],
      ["2048", "RSA PRIVATE KEY", "a", "b"],
      ["2048", "EC PRIVATE KEY", "a"],
      ["P-256", "RSA PRIVATE KEY", "a"],
      ["P-521", "EC PRIVATE KEY", "a"],
      ["", "RSA PRIVATE KEY", "a"],
      ["-1", "RSA PRIVATE KEY", "a"],
      ["1e3", "RSA PRIVATE KEY", "a"],
      ["6", "RSA PRIVATE KEY", "a"],
      ["0006", "RSA PRIVATE KEY", "a"],
      ["2048", "PUBLIC KEY", "a"],
    ].map((values) => [values]),
  )("%j request nothing", (values) => {
    expect(wantedBy(values)).toBeUndefined();
  });
});

describe("output", () => {
  const request = {
    csr: pemText("CERTIFICATE REQUEST", Uint8Array.of(1, 2)),
    key: pemText("RSA PRIVATE KEY", Uint8Array.of(3, 4)),
    publicKey: Uint8Array.of(5, 6),
  };
  const text = requestText(request);

  test("is read as it was written", () => {
    expect(requestOf(text, RSA)).toEqual(request);
    expect(requestOf(`${text}\n`, RSA)).toEqual(request);
  });

  test.each([
    ["nothing", ""],
    ["another text", "yes\n"],
    ["a part", text.slice(0, -10)],
    ["more than one key", text + request.key],
    ["no request", text.slice(request.csr.length)],
    ["another order", request.key + text.replace(request.key, "")],
  ])("%s is not accepted", (_, output) => {
    expect(requestOf(output, RSA)).toBeUndefined();
  });

  test("a key of another kind is not accepted", () => {
    expect(requestOf(text, { ...RSA, pkcs8: true })).toBeUndefined();
    expect(requestOf(text, { kind: "ec", curve: "P-256", pkcs8: false })).toBeUndefined();
  });
});
