import type { KeyProvider } from "./mesh-plan.ts";
import type { Pieces } from "./pieces.ts";
import type { Table } from "./protobuf.ts";
import { encode } from "./protobuf-writer.ts";
import type { Secret } from "./secret.ts";
import { ANY, DURATION } from "./well-known.ts";

/** The type of every resource of SDS. */
export const SECRET_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

const DATA_SOURCE = {
  filename: { number: 1, kind: "string", oneof: "specifier" },
  inlineBytes: { number: 2, kind: "bytes", oneof: "specifier" },
} as const satisfies Table;

const PRIVATE_KEY_PROVIDER = {
  providerName: { number: 1, kind: "string" },
  typedConfig: { number: 3, kind: "message", table: ANY },
  fallback: { number: 4, kind: "bool" },
} as const satisfies Table;

/** CryptoMbPrivateKeyMethodConfig and QatPrivateKeyMethodConfig have the same fields. */
const KEY_METHOD = {
  privateKey: { number: 1, kind: "message", table: DATA_SOURCE },
  pollDelay: { number: 2, kind: "message", table: DURATION },
} as const satisfies Table;

/** envoy.extensions.transport_sockets.tls.v3.Secret, with the fields that are written. */
export const SECRET = {
  name: { number: 1, kind: "string" },
  tlsCertificate: {
    number: 2,
    kind: "message",
    oneof: "type",
    table: {
      certificateChain: { number: 1, kind: "message", table: DATA_SOURCE },
      privateKey: { number: 2, kind: "message", table: DATA_SOURCE },
      privateKeyProvider: { number: 6, kind: "message", table: PRIVATE_KEY_PROVIDER },
    },
  },
  validationContext: {
    number: 4,
    kind: "message",
    oneof: "type",
    table: {
      trustedCa: { number: 1, kind: "message", table: DATA_SOURCE },
      crl: { number: 7, kind: "message", table: DATA_SOURCE },
    },
  },
} as const satisfies Table;

const KEY_METHOD_TYPES = {
  cryptomb: "envoy.extensions.private_key_providers.cryptomb.v3alpha.CryptoMbPrivateKeyMethodConfig",
  qat: "envoy.extensions.private_key_providers.qat.v3alpha.QatPrivateKeyMethodConfig",
} as const;

/** How secrets are written: the revocation list that exists now, and the extension that is given the private keys. */
export interface SecretOptions {
  readonly crl?: string | undefined;
  readonly keyProvider?: KeyProvider | undefined;
}

/** Writes a secret as a resource of SDS: a google.protobuf.Any (contract 1.30 §13a). */
export function secretResource(name: string, secret: Secret, options: SecretOptions): Pieces {
  return encode(ANY, { typeUrl: SECRET_TYPE, value: encode(SECRET, { name, ...contentOf(secret, options) }) });
}

function contentOf(secret: Secret, { crl, keyProvider }: SecretOptions) {
  if (secret.kind === "validation") {
    const revoked = crl === undefined ? {} : { crl: { filename: crl } };
    return { validationContext: { trustedCa: inline(secret.roots), ...revoked } };
  }
  const certificateChain = inline(secret.chain);
  if (keyProvider === undefined) return { tlsCertificate: { certificateChain, privateKey: inline(secret.key) } };
  return { tlsCertificate: { certificateChain, privateKeyProvider: providerOf(keyProvider, secret.key) } };
}

function inline(bytes: Uint8Array) {
  return { inlineBytes: [bytes] };
}

function providerOf({ name, pollDelayNanos, fallback }: KeyProvider, key: Uint8Array) {
  const method = encode(KEY_METHOD, { privateKey: inline(key), pollDelay: { nanos: pollDelayNanos } });
  return { providerName: name, typedConfig: { typeUrl: `type.googleapis.com/${KEY_METHOD_TYPES[name]}`, value: method }, fallback };
}
