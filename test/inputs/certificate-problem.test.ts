import { expect, test } from "bun:test";
import { certificateProblem } from "../../src/inputs/certificate-problem.ts";
import type { FileRead } from "../../src/inputs/inputs.ts";

const NONE = "contains no certificate in PEM format";
const PART = "contains no whole certificate: its first and its last line must be lines of their own";
const CUT = "-----BEGIN CERTIFICATE-----\r\nMIIB\r\n";
const WHOLE = `${CUT}-----END CERTIFICATE-----\r\n`;

test.each<[string, FileRead, string | undefined]>([
  ["a missing file", { kind: "missing" }, undefined],
  ["a file that cannot be read", { kind: "unreadable", reason: "permission denied" }, "cannot be read: permission denied"],
  ["an empty file", { kind: "text", text: "" }, NONE],
  ["binary data", { kind: "text", text: "0\ufffd\u0001" }, NONE],
  ["a certificate with OpenSSL's trust settings", { kind: "text", text: "-----BEGIN TRUSTED CERTIFICATE-----\n" }, NONE],
  ["a key", { kind: "text", text: "-----BEGIN PRIVATE KEY-----\n" }, NONE],
  ["a certificate after a comment", { kind: "text", text: `# x\r\n${WHOLE}` }, undefined],
  // As pilot-agent 1.30.3 does with these files.
  ["a certificate that is cut", { kind: "text", text: CUT }, PART],
  ["a certificate without the last dash", { kind: "text", text: WHOLE.trimEnd().slice(0, -1) }, PART],
  ["a certificate without a line break at the end", { kind: "text", text: WHOLE.trimEnd() }, undefined],
  ["a certificate that is cut, and a whole one", { kind: "text", text: CUT + WHOLE }, undefined],
  ["a whole certificate, and one that is cut", { kind: "text", text: WHOLE + CUT }, undefined],
  ["a certificate in one line", { kind: "text", text: WHOLE.replaceAll("\r\n", " ") }, PART],
  ["only the end of one", { kind: "text", text: "MIIB\n-----END CERTIFICATE-----\n" }, NONE],
])("%s", (_, file, problem) => expect(certificateProblem(file)).toBe(problem));
