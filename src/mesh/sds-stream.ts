import type { DISCOVERY_REQUEST, RPC_STATUS } from "./discovery.ts";
import { CODE, type GrpcStatus } from "./grpc-status.ts";
import type { Decoded } from "./protobuf.ts";
import { SECRET_TYPE } from "./secret-message.ts";
import { XDS_TYPE } from "./xds-types.ts";

/** A stream of SDS, as its client and this side have left it. */
export interface SdsStream {
  /** Whether the first request, which has to name the node, was received. */
  readonly isOpened: boolean;
  /** The secrets that are subscribed to; undefined before a subscription and after its end. */
  readonly names: ReadonlySet<string> | undefined;
  /** The nonce of the last response; empty before the first. */
  readonly nonce: string;
}

/** A request. `node` is the id of the node; empty without one. */
export interface SdsRequest extends Pick<Decoded<typeof DISCOVERY_REQUEST>, "typeUrl" | "resourceNames" | "responseNonce"> {
  readonly node: string;
  readonly errorDetail?: Decoded<typeof RPC_STATUS>;
}

/** What a request leads to. */
export type Reaction =
  | { readonly kind: "none" }
  | { readonly kind: "reply"; readonly names: readonly string[] }
  | { readonly kind: "rejected"; readonly error: Decoded<typeof RPC_STATUS> }
  | { readonly kind: "end"; readonly status: GrpcStatus };

/** A stream before its first request. */
export const NEW_STREAM: SdsStream = { isOpened: false, names: undefined, nonce: "" };

const NONE: Reaction = { kind: "none" };

/** The types of which no names means no resources; of all others, every resource. The type has no other meaning here. */
const NAMED_TYPES: readonly string[] = [
  SECRET_TYPE,
  "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
  "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
  XDS_TYPE.extensionConfig,
];

/** Envoy requests one secret on each stream; a response for 4 MiB of names would not fit into memory. */
const MOST_NAMES = 1_000;

/** Returns what a request leads to, and the stream after it (contract 1.30 §13a). */
export function receive(stream: SdsStream, request: SdsRequest): readonly [SdsStream, Reaction] {
  if (stream.isOpened) return receiveOpened(stream, request);
  // A stream may begin with the health of the workload.
  if (request.typeUrl === XDS_TYPE.health) return [stream, NONE];
  if (request.node === "") return [stream, invalid("missing node information")];
  // The real agent ends here with a nil dereference (recorded: sds/nack_first).
  if (request.errorDetail !== undefined) return [stream, invalid("error_detail in the first request of a stream")];
  return receiveOpened({ ...stream, isOpened: true }, request);
}

function receiveOpened(stream: SdsStream, request: SdsRequest): readonly [SdsStream, Reaction] {
  const { errorDetail, responseNonce, resourceNames } = request;
  if (resourceNames.length > MOST_NAMES) {
    const message = `a request must not have more than ${MOST_NAMES} names: it has ${resourceNames.length}`;
    return [stream, { kind: "end", status: { code: CODE.RESOURCE_EXHAUSTED, message } }];
  }
  if (errorDetail !== undefined) return [stream, { kind: "rejected", error: errorDetail }];
  const isNamed = NAMED_TYPES.includes(request.typeUrl);
  if (resourceNames.length === 0 && isNamed) return [{ ...stream, names: undefined }, NONE];
  const names = new Set(resourceNames);
  if (responseNonce === "" || stream.names === undefined)
    return [
      { ...stream, names },
      { kind: "reply", names: resourceNames },
    ];
  if (responseNonce !== stream.nonce) return [stream, NONE];
  const added = [...names.difference(stream.names)];
  const isChanged = added.length > 0 || stream.names.difference(names).size > 0;
  const next = { ...stream, names };
  if (added.length > 0) return [next, { kind: "reply", names: added }];
  return [next, isChanged && !isNamed ? { kind: "reply", names: resourceNames } : NONE];
}

/** Returns the stream after a response. */
export function sent(stream: SdsStream, nonce: string): SdsStream {
  return { ...stream, nonce };
}

/** Returns whether a secret that has changed is sent. */
export function isSubscribed({ names }: SdsStream, name: string): boolean {
  return names?.has(name) ?? false;
}

function invalid(message: string): Reaction {
  return { kind: "end", status: { code: CODE.INVALID_ARGUMENT, message } };
}
