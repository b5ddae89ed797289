import type { CallHandler } from "../../../src/host/mesh/grpc.ts";
import { DELTA_DISCOVERY_REQUEST, DISCOVERY_REQUEST, NODE } from "../../../src/mesh/discovery.ts";
import type { GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import { messageOf, type RecordedEvent } from "./transcripts.ts";

/** What was sent on one side: messages, and for Envoy the status of the end. */
export type Sent = { readonly message: Uint8Array } | { readonly status: GrpcStatus };

/** A connection to the recorded control plane. */
export interface Upstream {
  handler: CallHandler | undefined;
  headers: ReadonlyMap<string, string>;
  method: string;
  readonly sent: Sent[];
  isClosed: boolean;
}

/** Metadata that the transport adds. */
const TRANSPORT = new Set([":method", ":scheme", ":path", ":authority", "content-type", "user-agent", "te"]);
/** Returns the status of a recorded end. */
export function statusOf({ metadata }: RecordedEvent): GrpcStatus {
  return { code: Number(metadata?.["grpc-status"] ?? -1), message: decodeURIComponent(metadata?.["grpc-message"] ?? "") };
}

/** Responses pass as they came; of statuses the texts of Go's protobuf library are not compared. */
export function compareForClient(event: RecordedEvent, got: Sent | undefined): string | undefined {
  if (event.kind === "message") {
    const isSame = got !== undefined && "message" in got && messageOf(event).equals(got.message);
    return isSame ? undefined : `recorded response ${JSON.stringify(event.decoded)}, got ${text(got)}`;
  }
  const { code, message } = statusOf(event);
  const own = got !== undefined && "status" in got ? got.status : undefined;
  const isSame = own?.code === code && (own.message === message || comparable(message) === comparable(own.message));
  return isSame ? undefined : `recorded status ${code} "${message}", got ${text(got)}`;
}

/** Compares what the control plane gets: metadata, requests, and the end of the connection. */
export function compareForPlane(event: RecordedEvent, plane: Upstream): string | undefined {
  if (event.kind === "headers") {
    const recorded = Object.entries(event.metadata ?? {}).filter(([name]) => !TRANSPORT.has(name));
    const [before, now] = [Object.fromEntries(recorded), Object.fromEntries(plane.headers)];
    const isSame = Bun.deepEquals(before, now) && plane.method === event.metadata?.[":path"];
    return isSame ? undefined : `recorded metadata ${JSON.stringify(before)}, got ${JSON.stringify(now)}`;
  }
  if (event.kind === "goaway") return plane.isClosed ? undefined : "did not close the connection";
  if (event.kind !== "message") return undefined;
  const got = plane.sent.shift();
  const isDelta = plane.method.endsWith("/DeltaAggregatedResources");
  // Go writes the empty version of a resource, and the recorded client does not.
  const hasVersions = Object.keys(event.decoded ?? {}).some((name) => name.startsWith("initial"));
  const describe = (message: Uint8Array) => requestText(message, isDelta) + (hasVersions ? "" : ` ${sizeText(message, isDelta)}`);
  const recorded = describe(messageOf(event));
  const own = got !== undefined && "message" in got ? describe(got.message) : text(got);
  return own === recorded ? undefined : `recorded request ${recorded}, got ${own}`;
}

/** The size shows that nothing is missing; not for a rejection by the agent, whose texts differ. */
function sizeText(message: Uint8Array, isDelta: boolean): string {
  const { errorDetail } = decode(isDelta ? DELTA_DISCOVERY_REQUEST : DISCOVERY_REQUEST, [message]);
  return errorDetail === undefined ? `${message.length} bytes` : "rejection";
}

/** A request without what has no order. */
function requestText(message: Uint8Array, isDelta: boolean): string {
  const { node, errorDetail, ...rest } = decode(isDelta ? DELTA_DISCOVERY_REQUEST : DISCOVERY_REQUEST, [message]);
  const id = node === undefined ? undefined : decode(NODE, node).id;
  return JSON.stringify({ ...rest, id, error: errorDetail && [errorDetail.code, comparable(errorDetail.message)] });
}

/** Without the random space of Go's library, what it found, and the printed form of a filter. */
function comparable(message: string): string {
  return message
    .replaceAll("\u00a0", " ")
    .replace(/(proto: )(?:cannot parse invalid wire-format data|message is truncated)$/, "$1…")
    .replace(/(in Wasm \w+ filter ).*/, "$1…");
}

export function text(sent: Sent | undefined): string {
  if (sent === undefined) return "nothing";
  return "status" in sent ? JSON.stringify(sent.status) : `a message of ${sent.message.length} bytes`;
}
