import { join, type Pieces } from "./pieces.ts";
import type { Table } from "./protobuf.ts";
import { decode } from "./protobuf-reader.ts";
import { encode } from "./protobuf-writer.ts";
import { encodeStruct } from "./well-known.ts";

/** The one call of the CA (contract 1.30 §13b). */
export const CREATE_CERTIFICATE = "/istio.v1.auth.IstioCertificateService/CreateCertificate";

const REQUEST = {
  csr: { number: 1, kind: "string" },
  lifetime: { number: 3, kind: "int64" },
  metadata: { number: 4, kind: "embedded" },
} as const satisfies Table;

const RESPONSE = { chain: { number: 1, kind: "string", repeated: true } } as const satisfies Table;

/** A request to the CA: the CSR as PEM, the lifetime in seconds, and the name of the signer. */
export interface CertificateOrder {
  readonly csr: string;
  readonly lifetime: number;
  readonly certSigner: string;
}

/** Writes an IstioCertificateRequest. */
export function encodeOrder({ csr, lifetime, certSigner }: CertificateOrder): Uint8Array {
  const metadata = encodeStruct({ CertSigner: certSigner });
  return join(encode(REQUEST, { csr, lifetime: BigInt(Math.trunc(lifetime)), metadata }));
}

/** Reads an IstioCertificateResponse: certificates as PEM, the leaf first, the root last. @throws ProtobufError */
export function decodeChain(message: Pieces): readonly string[] {
  return decode(RESPONSE, message).chain;
}
