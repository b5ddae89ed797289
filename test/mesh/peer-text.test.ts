import { expect, test } from "bun:test";
import { oneLine, shortened, withoutSecrets } from "../../src/mesh/peer-text.ts";

test.each<[text: string, line: string]>([
  ["  a\n  b\r\n c ", "a; b; c"],
  ["x".repeat(1_000), "x".repeat(1_000)],
  [`${"x".repeat(1_000)}y`, `${"x".repeat(1_000)}…`],
])("a text on one line: %j", (text, line) => {
  expect(oneLine(text)).toBe(line);
});

test("a text that is kept as it is, up to a limit", () => {
  expect([shortened("a\nb"), shortened("x".repeat(1_001))]).toEqual(["a\nb", `${"x".repeat(1_000)}…`]);
});

test("what a peer was sent in secret is not repeated", () => {
  const headers = [
    ["clusterid", "Kubernetes"],
    ["x-password", "opaque-value"],
    ["x-short", "no"],
    ["x-word", "another"],
    ["x-shortest", "of eight"],
  ] as const;
  const text = "denied: token-of-mine, opaque-value and opaque-value, no, another, of eight, for Kubernetes";
  expect(withoutSecrets(text, { token: "token-of-mine", headers })).toBe("denied: ***, *** and ***, no, another, ***, for Kubernetes");
  expect(withoutSecrets(text, { token: undefined, headers: [] })).toBe(text);
});
