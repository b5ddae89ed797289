import { unpack } from "./any.ts";
import type { Pieces } from "./pieces.ts";
import type { Table } from "./protobuf.ts";

/** istio.networking.nds.v1.NameTable: its entries are only read to know that they are some. */
const NAME_TABLE = {
  table: {
    number: 1,
    kind: "message",
    repeated: true,
    table: {
      key: { number: 1, kind: "string" },
      value: {
        number: 2,
        kind: "message",
        table: { ips: { number: 1, kind: "string", repeated: true }, registry: { number: 2, kind: "string" } },
      },
    },
  },
} as const satisfies Table;

/** istio.mesh.v1alpha1.ProxyConfig. */
const PROXY_CONFIG = {
  caCertificatesPem: { number: 34, kind: "string", repeated: true },
} as const satisfies Table;

/** Checks the table of DNS names, a google.protobuf.Any. @throws ProtobufError */
export function checkNameTable(any: Pieces | undefined): void {
  unpack(NAME_TABLE, "istio.networking.nds.v1.NameTable", any);
}

/** Returns the trust bundle of a ProxyConfig, a google.protobuf.Any: certificates as PEM. @throws ProtobufError */
export function trustBundleOf(any: Pieces | undefined): readonly string[] {
  return unpack(PROXY_CONFIG, "istio.mesh.v1alpha1.ProxyConfig", any).caCertificatesPem;
}
