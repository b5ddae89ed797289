import { expect, test } from "bun:test";
import { isAtLeast, parseEnvoyVersion } from "../../src/envoy/version-text.ts";

const COMMIT = "9e5580933739775e8bce696a57a2e1bc99368f23";

test.each([
  [`\n/usr/local/bin/envoy  version: ${COMMIT}/1.40.0/Clean/RELEASE/BoringSSL\n\n`, [1, 40, 0, "1.40.0"]],
  [`\nenvoy  version: ${COMMIT}/1.14.1-dev/Clean/RELEASE/BoringSSL\n`, [1, 14, 1, "1.14.1-dev"]],
  [`envoy  version: ${COMMIT}/1.36.2/Modified/DEBUG/BoringSSL-FIPS`, [1, 36, 2, "1.36.2"]],
  [`/a version: b/envoy  version: ${COMMIT}/2.0.10/Distribution/RELEASE/BoringSSL`, [2, 0, 10, "2.0.10"]],
  ["envoy version: 0/1.9.0//RELEASE", [1, 9, 0, "1.9.0"]],
] as const)("%j", (output, [major, minor, patch, text]) => {
  expect(parseEnvoyVersion(output)).toEqual({ ok: true, value: { major, minor, patch, text } });
});

test.each([
  ["", "it printed nothing"],
  ["\n \n", "it printed nothing"],
  ["nginx version: nginx/1.25", 'it printed "nginx version: nginx/1.25"'],
  ["envoy  version: 1.40.0", 'it printed "envoy  version: 1.40.0"'],
  ["x".repeat(100), `it printed "${"x".repeat(80)}"`],
])("%j is not a version", (output, error) => {
  expect(parseEnvoyVersion(output)).toEqual({ ok: false, error });
});

test.each([
  [1, 17, 1, 17, true],
  [1, 16, 1, 17, false],
  [1, 40, 1, 17, true],
  [2, 0, 1, 17, true],
  [0, 99, 1, 17, false],
])("%d.%d is at least %d.%d: %p", (major, minor, wantedMajor, wantedMinor, expected) => {
  expect(isAtLeast({ major, minor, patch: 0, text: "" }, wantedMajor, wantedMinor)).toBe(expected);
});
