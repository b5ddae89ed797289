import { expect, test } from "bun:test";
import { certificateProblem } from "../../src/inputs/certificate-problem.ts";
import type { FileRead } from "../../src/inputs/inputs.ts";

const NONE = "contains no certificate in PEM format";

test.each<[string, FileRead, string | undefined]>([
  ["a missing file", { kind: "missing" }, undefined],
  ["a file that cannot be read", { kind: "unreadable", reason: "permission denied" }, "cannot be read: permission denied"],
  ["an empty file", { kind: "text", text: "" }, NONE],
  ["binary data", { kind: "text", text: "0\ufffd\u0001" }, NONE],
  ["a certificate with OpenSSL's trust settings", { kind: "text", text: "-----BEGIN TRUSTED CERTIFICATE-----\n" }, NONE],
  ["a key", { kind: "text", text: "-----BEGIN PRIVATE KEY-----\n" }, NONE],
  ["a certificate after a comment", { kind: "text", text: "# x\r\n-----BEGIN CERTIFICATE-----\r\n" }, undefined],
])("%s", (_, file, problem) => expect(certificateProblem(file)).toBe(problem));
