import { invalidFormat, messageIn, unpack } from "./any.ts";
import type { Pieces } from "./pieces.ts";
import type { Table } from "./protobuf.ts";
import { checkMessage, type Shape } from "./protobuf-check.ts";

/** istio.networking.nds.v1.NameTable: names, each with its addresses and where it is registered. Nothing uses them. */
const NAME_TABLE: Shape = {
  texts: [],
  repeated: { number: 1, shape: { texts: [1], single: { number: 2, shape: { texts: [1, 2] } } } },
};

/** istio.mesh.v1alpha1.ProxyConfig. */
const PROXY_CONFIG = {
  caCertificatesPem: { number: 34, kind: "string", repeated: true },
} as const satisfies Table;

/** Checks the table of DNS names, a google.protobuf.Any, and yields after each slice of the work. @throws ProtobufError */
export function* checkNameTable(any: Pieces | undefined): Generator<void, void> {
  const value = messageIn("istio.networking.nds.v1.NameTable", any);
  try {
    yield* checkMessage(NAME_TABLE, value);
  } catch (cause) {
    throw invalidFormat(cause);
  }
}

/** Returns the trust bundle of a ProxyConfig, a google.protobuf.Any: certificates as PEM. @throws ProtobufError */
export function trustBundleOf(any: Pieces | undefined): readonly string[] {
  return unpack(PROXY_CONFIG, "istio.mesh.v1alpha1.ProxyConfig", any).caCertificatesPem;
}
