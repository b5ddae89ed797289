import { createHash, generateKeyPairSync, sign } from "node:crypto";

/** A throw-away key and its self-signed certificate in PEM format. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/** Creates a key and a self-signed certificate with a common name, valid for one hour. */
export function selfSigned(commonName: string): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ type: "spki", format: "der" });
  const name = sequence(set(sequence(COMMON_NAME, utf8(commonName))));
  const serial = createHash("sha256").update(key).digest().subarray(0, 8);
  // The highest bit of an integer is its sign.
  const body = sequence(tagged(0x02, Buffer.concat([Buffer.from([1]), serial])), ECDSA_SHA256, name, validity(), name, key);
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, ECDSA_SHA256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { key: String(privateKey.export({ type: "pkcs8", format: "pem" })), cert: pem("CERTIFICATE", certificate) };
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(part: Uint8Array): Buffer {
  return tagged(0x31, part);
}

function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

function validity(): Buffer {
  const at = (ms: number) => tagged(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-T:]/g, "")}Z`));
  return sequence(at(Date.now() - 3_600_000), at(Date.now() + 3_600_000));
}

function pem(kind: string, der: Buffer): string {
  return `-----BEGIN ${kind}-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END ${kind}-----\n`;
}

/** 2.5.4.3 */
const COMMON_NAME = Buffer.from("0603550403", "hex");
/** 1.2.840.10045.4.3.2, alone in a sequence */
const ECDSA_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex");
