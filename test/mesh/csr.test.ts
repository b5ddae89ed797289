import { describe, expect, test } from "bun:test";
import { certificateRequest, requestInfo, type SignatureAlgorithm } from "../../src/mesh/csr.ts";
import { pemBlocks } from "../../src/mesh/pem.ts";
import { transcript } from "../conformance/mesh/transcripts.ts";

/** The requests that pilot-agent has sent: P-256, P-384, RSA 2048, P-256 again, RSA 3072. */
const RECORDED = transcript("sds/csr_variants").events.flatMap(({ decoded }) =>
  decoded?.["csr"] === undefined ? [] : [String(decoded["csr"])],
);

/** One value of DER: the whole, and its content. */
interface Value {
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** Takes a sequence apart. */
function valuesIn(bytes: Uint8Array): readonly Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at + 1] ?? 0;
    const digits = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + digits;
    const length = digits === 0 ? first : Number(`0x${Buffer.from(bytes.subarray(at + 2, start)).toString("hex")}`);
    values.push({ whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

const nth = (values: readonly Value[], index: number): Value => {
  const value = values[index];
  if (value === undefined) throw new Error(`no value ${index}`);
  return value;
};

describe("a certificate request has the bytes of the recorded one with the same key and signature (recorded: sds/csr_variants)", () => {
  test.each<[name: string, algorithm: SignatureAlgorithm, index: number]>([
    ["P-256", "ecdsa-sha256", 0],
    ["P-384", "ecdsa-sha384", 1],
    ["RSA 2048", "rsa-sha256", 2],
    ["RSA 3072", "rsa-sha256", 4],
  ])("%s", (_, algorithm, index) => {
    const pem = RECORDED[index] ?? "";
    const bytes = pemBlocks(pem)[0]?.bytes ?? new Uint8Array();
    const [info, , signature] = [0, 1, 2].map((index) => nth(valuesIn(nth(valuesIn(bytes), 0).content), index));
    const publicKey = nth(valuesIn(info?.content ?? new Uint8Array()), 2).whole;
    const made = requestInfo(publicKey, "spiffe://cluster.local/ns/default/sa/server");
    expect(made).toEqual(info?.whole ?? new Uint8Array());
    expect(certificateRequest(made, algorithm, (signature?.content ?? new Uint8Array()).subarray(1))).toBe(pem);
  });

  test.each([1, 100, 127, 128, 200, 255, 256, 1_000, 70_000])("an identity of %d characters", (length) => {
    const info = requestInfo(new Uint8Array([0x30, 0]), "x".repeat(length));
    const attributes = nth(valuesIn(nth(valuesIn(info), 0).content), 3);
    expect(Buffer.from(attributes.whole).toString("latin1").endsWith("x".repeat(length))).toBe(true);
    expect(nth(valuesIn(info), 0).whole.length).toBe(info.length);
  });
});
