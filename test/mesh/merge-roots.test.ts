import { expect, test } from "bun:test";
import { mergeRoots } from "../../src/mesh/merge-roots.ts";
import { pemText } from "../../src/mesh/pem.ts";

const certificate = (byte: number) => pemText("CERTIFICATE", new Uint8Array([byte]));
const [A, B, C] = [certificate(1), certificate(2), certificate(3)];
const lines = (...texts: readonly string[]) => texts.map((text) => text.trimEnd()).join("\n");

test.each<[name: string, texts: readonly string[], merged: string]>([
  ["nothing", [], ""],
  ["one, without a line break at the end (recorded: whole/ca_denied_twice)", [A], lines(A)],
  ["sorted", [C + A, B], lines(A, B, C)],
  ["each once", [A + A, `${B}\n${A}`, B], lines(A, B)],
  ["text between them is dropped", [`# one\n${B}# two\n${A}`], lines(A, B)],
  ["what is not PEM is dropped", ["x", A, "-----BEGIN CERTIFICATE-----\n"], lines(A)],
])("mergeRoots: %s", (_, texts, merged) => {
  expect(mergeRoots(texts)).toBe(merged);
});
