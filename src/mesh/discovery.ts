import type { Table } from "./protobuf.ts";

/** google.rpc.Status. */
export const RPC_STATUS = {
  code: { number: 1, kind: "int32" },
  message: { number: 2, kind: "string" },
} as const satisfies Table;

/** envoy.config.core.v3.Node: Envoy sends 60 kB of it, and only the id is read. */
export const NODE = {
  id: { number: 1, kind: "string" },
} as const satisfies Table;

/** envoy.service.discovery.v3.DiscoveryRequest. */
export const DISCOVERY_REQUEST = {
  versionInfo: { number: 1, kind: "string" },
  node: { number: 2, kind: "embedded" },
  resourceNames: { number: 3, kind: "string", repeated: true },
  typeUrl: { number: 4, kind: "string" },
  responseNonce: { number: 5, kind: "string" },
  errorDetail: { number: 6, kind: "message", table: RPC_STATUS },
} as const satisfies Table;

/** envoy.service.discovery.v3.DiscoveryResponse; a resource is a google.protobuf.Any. */
export const DISCOVERY_RESPONSE = {
  versionInfo: { number: 1, kind: "string" },
  resources: { number: 2, kind: "embedded", repeated: true },
  typeUrl: { number: 4, kind: "string" },
  nonce: { number: 5, kind: "string" },
} as const satisfies Table;

/** envoy.service.discovery.v3.DeltaDiscoveryRequest. */
export const DELTA_DISCOVERY_REQUEST = {
  node: { number: 1, kind: "embedded" },
  typeUrl: { number: 2, kind: "string" },
  resourceNamesSubscribe: { number: 3, kind: "string", repeated: true },
  resourceNamesUnsubscribe: { number: 4, kind: "string", repeated: true },
  responseNonce: { number: 6, kind: "string" },
  errorDetail: { number: 7, kind: "message", table: RPC_STATUS },
} as const satisfies Table;

/** envoy.service.discovery.v3.DeltaDiscoveryResponse; a resource is a `RESOURCE`. */
export const DELTA_DISCOVERY_RESPONSE = {
  systemVersionInfo: { number: 1, kind: "string" },
  resources: { number: 2, kind: "embedded", repeated: true },
  typeUrl: { number: 4, kind: "string" },
  nonce: { number: 5, kind: "string" },
  removedResources: { number: 6, kind: "string", repeated: true },
} as const satisfies Table;

/** envoy.service.discovery.v3.Resource; its resource is a google.protobuf.Any. */
export const RESOURCE = {
  version: { number: 1, kind: "string" },
  resource: { number: 2, kind: "embedded" },
  name: { number: 3, kind: "string" },
} as const satisfies Table;
