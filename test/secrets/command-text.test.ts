import { describe, expect, test } from "bun:test";
import { commandText, maskSecrets } from "../../src/secrets/mask.ts";

/** The value of a secret in a document. */
const S = "zq7Xw-9Lk2_Vb";

describe("commandText", () => {
  test("masks the configuration as a document and nothing else", () => {
    const yaml = [
      "static_resources:",
      "  clusters:",
      "  - name: token",
      "    transport_socket:",
      "      common_tls_context:",
      "        tls_certificates:",
      "        - certificate_chain: {filename: /etc/c.pem}",
      "          private_key:",
      "            inline_string: |",
      `              ${S}`,
      `              ${S}`,
      "    metadata:",
      "    - header:",
      `        value: ${S} # mine`,
      "        key: x-api-key",
      "    - token_bucket:",
      "        max_tokens: 5",
      "    password:",
      `      inline_string: "${S}`,
      `        ${S}"`,
      "    long_token:",
      `      ${S}`,
      `      ${S}`,
      "    tokens:",
      `    - ${S}`,
      `    - '${S}'`,
      "",
    ].join("\n");
    const masked = [
      "static_resources:",
      "  clusters:",
      "  - name: token",
      "    transport_socket:",
      "      common_tls_context:",
      "        tls_certificates:",
      "        - certificate_chain: {filename: /etc/c.pem}",
      "          private_key:",
      "            inline_string: |",
      "              ***",
      "    metadata:",
      "    - header:",
      '        value: "***" # mine',
      "        key: x-api-key",
      "    - token_bucket:",
      "        max_tokens: 5",
      "    password:",
      '      inline_string: "***"',
      "    long_token:",
      '      "***"',
      "    tokens:",
      '    - "***"',
      "    - '***'",
      "",
    ].join("\n");
    expect(maskSecrets(commandText(["-c", "x", "--config-yaml", yaml, "-l", "info"]))).toBe(`-c x --config-yaml ${masked} -l info`);
  });
  test("and JSON", () => {
    const json = `{"a":[{"key":"x-api-key","value":"${S}"}],"max_tokens":5}`;
    expect(maskSecrets(commandText(["--config-yaml", json]))).toBe(
      '--config-yaml {"a":[{"key":"x-api-key","value":"***"}],"max_tokens":5}',
    );
  });
});
