import { join, type Pieces, type Table } from "./protobuf.ts";
import { decode } from "./protobuf-reader.ts";
import { encode } from "./protobuf-writer.ts";

/** The one call of the CA (contract 1.30 §13b). */
export const CREATE_CERTIFICATE = "/istio.v1.auth.IstioCertificateService/CreateCertificate";

const VALUE = { text: { number: 3, kind: "string", oneof: "kind" } } as const satisfies Table;
const ENTRY = {
  key: { number: 1, kind: "string" },
  value: { number: 2, kind: "message", table: VALUE },
} as const satisfies Table;
const STRUCT = { fields: { number: 1, kind: "message", table: ENTRY, repeated: true } } as const satisfies Table;

const REQUEST = {
  csr: { number: 1, kind: "string" },
  lifetime: { number: 3, kind: "int64" },
  metadata: { number: 4, kind: "message", table: STRUCT },
} as const satisfies Table;

const RESPONSE = { chain: { number: 1, kind: "string", repeated: true } } as const satisfies Table;

/** What is asked of the CA: the request as PEM, the lifetime in seconds, and who is to sign. */
export interface CertificateOrder {
  readonly csr: string;
  readonly lifetime: number;
  readonly certSigner: string;
}

/** Writes an IstioCertificateRequest. */
export function encodeOrder({ csr, lifetime, certSigner }: CertificateOrder): Uint8Array {
  const metadata = { fields: [{ key: "CertSigner", value: { text: certSigner } }] };
  return join(encode(REQUEST, { csr, lifetime: BigInt(Math.trunc(lifetime)), metadata }));
}

/** Reads an IstioCertificateResponse: certificates as PEM, the leaf first, the root last. @throws ProtobufError */
export function decodeChain(message: Pieces): readonly string[] {
  return decode(RESPONSE, message).chain;
}
