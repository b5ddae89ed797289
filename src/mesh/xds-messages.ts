import {
  DELTA_DISCOVERY_REQUEST,
  DELTA_DISCOVERY_RESPONSE,
  DISCOVERY_REQUEST,
  DISCOVERY_RESPONSE,
  RESOURCE,
  type RPC_STATUS,
} from "./discovery.ts";
import type { Pieces } from "./pieces.ts";
import type { Decoded, Table } from "./protobuf.ts";
import { decode } from "./protobuf-reader.ts";
import { encode } from "./protobuf-writer.ts";

/** The two forms of the protocol: state of the world, and delta. */
export type XdsKind = "sotw" | "delta";

// What is left out of these tables is skipped, without a copy: names of resources, and the resources themselves.

const REQUEST = headOf(DISCOVERY_REQUEST, ["versionInfo", "typeUrl", "responseNonce", "errorDetail"]);
const DELTA_REQUEST = headOf(DELTA_DISCOVERY_REQUEST, ["typeUrl", "responseNonce", "errorDetail"]);
const RESPONSE = headOf(DISCOVERY_RESPONSE, ["versionInfo", "typeUrl", "nonce"]);
const DELTA_RESPONSE = headOf(DELTA_DISCOVERY_RESPONSE, ["typeUrl", "nonce"]);

function headOf<T extends Table, K extends keyof T & string>(table: T, names: readonly K[]): Pick<T, K> {
  // The entries of the picked names are what the type says.
  return Object.fromEntries(names.map((name) => [name, table[name]])) as Pick<T, K>;
}

/** What is read of a request. The version is empty with delta. */
export interface RequestHead {
  readonly versionInfo: string;
  readonly typeUrl: string;
  readonly responseNonce: string;
  /** Present if the request rejects a response. */
  readonly errorDetail?: Decoded<typeof RPC_STATUS>;
}

/** What is read of a response. The version is empty with delta. */
export interface ResponseHead {
  readonly versionInfo: string;
  readonly typeUrl: string;
  readonly nonce: string;
}

/** Reads the head of a request. @throws ProtobufError */
export function requestHead(kind: XdsKind, message: Pieces): RequestHead {
  return kind === "sotw" ? decode(REQUEST, message) : { versionInfo: "", ...decode(DELTA_REQUEST, message) };
}

/** Reads the head of a response; its type comes after the resources. @throws ProtobufError */
export function responseHead(kind: XdsKind, message: Pieces): ResponseHead {
  return kind === "sotw" ? decode(RESPONSE, message) : { versionInfo: "", ...decode(DELTA_RESPONSE, message) };
}

/** Returns the resources of a response, each a google.protobuf.Any; undefined for one without content. @throws ProtobufError */
export function resourcesOf(kind: XdsKind, message: Pieces): readonly (Pieces | undefined)[] {
  return kind === "sotw"
    ? decode(DISCOVERY_RESPONSE, message).resources
    : decode(DELTA_DISCOVERY_RESPONSE, message).resources.map((resource) => decode(RESOURCE, resource).resource);
}

/** Writes a request of the agent itself, which has no node. */
export function writeRequest(kind: XdsKind, { versionInfo, ...request }: RequestHead): Pieces {
  return kind === "sotw" ? encode(DISCOVERY_REQUEST, { versionInfo, ...request }) : encode(DELTA_DISCOVERY_REQUEST, request);
}
