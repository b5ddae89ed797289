import { describe, expect, test } from "bun:test";
import protobuf from "protobufjs";
import { DISCOVERY_RESPONSE } from "../../src/mesh/discovery.ts";
import type { KeyProvider } from "../../src/mesh/mesh-plan.ts";
import { join, type Pieces } from "../../src/mesh/pieces.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import type { Secret } from "../../src/mesh/secret.ts";
import { SECRET_TYPE, type SecretOptions, secretResource } from "../../src/mesh/secret-message.ts";
import { messageOf, transcript } from "../conformance/mesh/transcripts.ts";

/** The messages of Envoy's API that secrets consist of, for an independent reader. */
const api = protobuf.parse(
  `syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message DataSource { oneof specifier { string filename = 1; bytes inline_bytes = 2; string inline_string = 3; string environment_variable = 4; } }
  message PrivateKeyProvider { string provider_name = 1; oneof config_type { Any typed_config = 3; } bool fallback = 4; }
  message KeyMethod { DataSource private_key = 1; Duration poll_delay = 2; }
  message TlsCertificate { DataSource certificate_chain = 1; DataSource private_key = 2; PrivateKeyProvider private_key_provider = 6; }
  message CertificateValidationContext { DataSource trusted_ca = 1; DataSource crl = 7; }
  message Secret { string name = 1; oneof type { TlsCertificate tls_certificate = 2; CertificateValidationContext validation_context = 4; } }`,
).root;

interface Source {
  readonly inlineBytes?: Uint8Array;
  readonly filename?: string;
}

interface ReadSecret {
  readonly name: string;
  readonly tlsCertificate?: {
    readonly certificateChain: Source;
    readonly privateKey?: Source;
    readonly privateKeyProvider?: {
      readonly providerName: string;
      readonly typedConfig: { readonly value: Uint8Array };
      readonly fallback: boolean;
    };
  };
  readonly validationContext?: { readonly trustedCa: Source; readonly crl?: Source };
}

interface ReadMethod {
  readonly privateKey: Source;
  readonly pollDelay: { readonly nanos?: number };
}

function read<T>(type: string, bytes: Uint8Array): T {
  const message = api.lookupType(type);
  // The type of the caller says which fields it has.
  return message.toObject(message.decode(bytes), { defaults: false }) as T;
}

function secretOf(resource: Pieces): ReadSecret {
  return read<ReadSecret>("Secret", read<{ value: Uint8Array }>("Any", join(resource)).value);
}

interface Recorded {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The recorded resources of an exchange. */
function recorded(exchange: string): readonly Recorded[] {
  return transcript(exchange).events.flatMap((event) => {
    if (event.channel !== "agent>client sds" || event.kind !== "message") return [];
    const { resources } = decode(DISCOVERY_RESPONSE, [messageOf(event)]);
    return resources.map((resource) => ({ name: secretOf(resource).name, bytes: Buffer.from(join(resource)) }));
  });
}

/** What a recorded resource was made from, as protobufjs reads it. */
function contentOf({ bytes }: Recorded): Secret {
  const { tlsCertificate, validationContext } = secretOf([bytes]);
  const none = new Uint8Array();
  if (validationContext !== undefined) return { kind: "validation", roots: validationContext.trustedCa.inlineBytes ?? none };
  const provider = tlsCertificate?.privateKeyProvider;
  const key = provider === undefined ? tlsCertificate?.privateKey : read<ReadMethod>("KeyMethod", provider.typedConfig.value).privateKey;
  const chain = tlsCertificate?.certificateChain.inlineBytes ?? none;
  return { kind: "certificate", chain, key: key?.inlineBytes ?? none };
}

function expectSame(resource: Recorded, options: SecretOptions): void {
  expect(Buffer.from(join(secretResource(resource.name, contentOf(resource), options))).equals(resource.bytes)).toBe(true);
}

describe("a secret", () => {
  test.each(["sds/rootca_and_default", "sds/files", "sds/file_root_system", "sds/unknown_name", "sds/implicit_files"])(
    "has the bytes recorded in %s",
    (exchange) => {
      const resources = recorded(exchange);
      expect(resources.length).toBeGreaterThan(0);
      for (const resource of resources) expectSame(resource, {});
    },
  );

  test("gives the key to the extension of a private key provider, as recorded", () => {
    const [cryptomb, qat] = recorded("sds/key_provider");
    const providers: readonly (readonly [Recorded | undefined, KeyProvider])[] = [
      [cryptomb, { name: "cryptomb", pollDelayNanos: 500_000_000, fallback: true }],
      [qat, { name: "qat", pollDelayNanos: 0, fallback: false }],
    ];
    for (const [resource, keyProvider] of providers) {
      if (resource === undefined) throw new Error("nothing was recorded");
      expectSame(resource, { keyProvider });
    }
  });

  test("refers to a revocation list from a validation context, never from a certificate", () => {
    const crl = "/var/run/secrets/istio/crl/ca-crl.pem";
    const roots = Uint8Array.of(1, 2);
    const { name, validationContext } = secretOf(secretResource("ROOTCA", { kind: "validation", roots }, { crl }));
    expect([name, validationContext?.crl?.filename, [...(validationContext?.trustedCa.inlineBytes ?? [])]]).toEqual([
      "ROOTCA",
      crl,
      [1, 2],
    ]);
    const certificate: Secret = { kind: "certificate", chain: roots, key: roots };
    expect(join(secretResource("default", certificate, { crl }))).toEqual(join(secretResource("default", certificate, {})));
  });

  test("does not copy what is long", () => {
    const chain = new Uint8Array(2000);
    const resource = secretResource("default", { kind: "certificate", chain, key: chain }, {});
    const pieces = encode(DISCOVERY_RESPONSE, { resources: [resource], typeUrl: SECRET_TYPE });
    expect(pieces.filter((piece) => piece === chain)).toHaveLength(2);
  });
});
