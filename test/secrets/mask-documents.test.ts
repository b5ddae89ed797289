import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { commandText, maskSecrets } from "../../src/secrets/mask.ts";
import { ownProcessorTime } from "../support/processor-time.ts";

describe("a secret anywhere in a document", () => {
  const NAMES = ["token", "apiKey", "client-secret", "DB_PASSWORD", "x-api-key", "credential", "privateKey", "authToken"];
  const name = fc.constantFrom(...NAMES);
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const secret = fc.stringMatching(/^[A-Za-z0-9+/_.,:;!?#&=@{}[\]"'\\ -]{0,12}$/).map((text) => `Zq9${text}Zq9`);
  const holder = fc.oneof(
    fc.tuple(name, secret).map(([key, value]) => ({ [key]: value })),
    fc.tuple(name, secret).map(([key, value]) => ({ header: { key, value } })),
    fc.tuple(name, secret).map(([key, value]) => ({ [key]: { inline_string: value } })),
    fc.tuple(name, secret).map(([key, value]) => ({ [key]: [value, { x: value }] })),
    fc.tuple(name, secret).map(([key, value]) => ({ json: JSON.stringify({ a: 1, [key]: value }) })),
  );
  const document = fc
    .tuple(fc.array(word), holder, fc.array(word))
    .map(([above, held, beside]) =>
      above.reduceRight<unknown>((value, key, at) => (at % 2 === 0 ? { [key]: value, beside } : [value, key]), held),
    );
  test("is masked, and nothing else", () => {
    fc.assert(
      fc.property(document, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        for (const masked of [
          maskSecrets(text),
          maskSecrets(`Envoy said: ${text}, and ended`),
          maskSecrets(commandText(["--config-yaml", text])),
        ]) {
          expect(masked).not.toContain("Zq9");
          expect(masked).toContain("***");
        }
        expect(Object.keys(JSON.parse(maskSecrets(text)))).toEqual(Object.keys(JSON.parse(text)));
      }),
      { numRuns: 2_000 },
    );
  });
  test("is masked in block YAML too", () => {
    fc.assert(
      fc.property(document, fc.constantFrom(0, 80), fc.boolean(), (value, lineWidth, indentSeq) => {
        const text = stringify(value, { lineWidth, indentSeq, aliasDuplicateObjects: false });
        const masked = maskSecrets(commandText(["--config-yaml", text]));
        expect({ text, masked, leaks: masked.includes("Zq9") }).toEqual({ text, masked, leaks: false });
      }),
      { numRuns: 2_000 },
    );
  });
  test("takes little time for any text", () => {
    for (const text of [
      "{".repeat(50_000),
      '{"token":'.repeat(20_000),
      `${"[".repeat(50_000)}token`,
      "token: ".repeat(20_000),
      '"token":"'.repeat(20_000),
      "://a:b".repeat(20_000),
      "Bearer ".repeat(20_000),
      "eyJ".repeat(30_000),
      `password${"-".repeat(50_000)}`,
    ]) {
      const start = ownProcessorTime();
      maskSecrets(text);
      expect({ text: text.slice(0, 20), isSlow: ownProcessorTime() - start > 1_000 }).toEqual({ text: text.slice(0, 20), isSlow: false });
    }
  });
});
