import { describe, expect, test } from "bun:test";
import { joinPem, pemBlocks, pemText } from "../../src/mesh/pem.ts";

const A = pemText("CERTIFICATE", new Uint8Array([1, 2, 3]));
const B = pemText("RSA PRIVATE KEY", new Uint8Array(100).fill(7));

describe("pemBlocks", () => {
  test.each<[name: string, text: string, found: readonly (readonly [string, number])[]]>([
    ["nothing", "", []],
    ["no PEM", "hello\nworld\n", []],
    ["one", A, [["CERTIFICATE", 3]]],
    [
      "two",
      A + B,
      [
        ["CERTIFICATE", 3],
        ["RSA PRIVATE KEY", 100],
      ],
    ],
    ["without a line break at the end", A.trimEnd(), [["CERTIFICATE", 3]]],
    ["carriage returns and blanks at line ends", A.replaceAll("\n", " \r\n"), [["CERTIFICATE", 3]]],
    [
      "text before, between and after",
      `a: b\n${A}# comment\n\n${B}the end`,
      [
        ["CERTIFICATE", 3],
        ["RSA PRIVATE KEY", 100],
      ],
    ],
    ["headers", A.replace("\n", "\nProc-Type: 4\nDEK-Info: x\n\n"), [["CERTIFICATE", 3]]],
    ["an empty block", "-----BEGIN X-----\n-----END X-----\n", [["X", 0]]],
    ["a start without its end", `-----BEGIN X-----\n${A}`, [["CERTIFICATE", 3]]],
    ["another end", `-----BEGIN X-----\nAQID\n-----END Y-----\n${A}`, [["CERTIFICATE", 3]]],
    ["bad base64", `-----BEGIN X-----\nAQI*\n-----END X-----\n${A}`, [["CERTIFICATE", 3]]],
    ["a digit missing", `-----BEGIN X-----\nAQI\n-----END X-----\n${A}`, [["CERTIFICATE", 3]]],
    ["no dashes after the type", `-----BEGIN X\nAQID\n-----END X-----\n${A}`, [["CERTIFICATE", 3]]],
    ["not at the start of a line", ` ${A}`, []],
    ["a last line that is longer", A.replace(/-----\n$/, "----- x\n"), []],
  ])("%s", (_, text, found) => {
    expect(pemBlocks(text).map(({ type, bytes }) => [type, bytes.length] as const)).toEqual([...found]);
  });

  test("a block has its text, from the first to the last dash", () => {
    expect(pemBlocks(`x\n${A}y\n${B}`).map(({ text }) => text)).toEqual([A.trimEnd(), B.trimEnd()]);
  });
});

test("pemText writes lines of 64 characters", () => {
  expect(B.split("\n").map((line) => line.length)).toEqual([31, 64, 64, 8, 29, 0]);
});

test("joinPem starts each text on its own line and changes nothing else", () => {
  expect(joinPem([])).toBe("");
  expect(joinPem(["a\n", "b", "c"])).toBe("a\nb\nc");
});
