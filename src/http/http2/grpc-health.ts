import { requestFrames, varint } from "./frames.ts";
import { digitsOf, encodedFields } from "./hpack.ts";

/** SERVING of HealthCheckResponse. */
const SERVING = 1;
/** `grpc-status`, Huffman-coded as most servers send it (RFC 7541 §5.2). */
const STATUS_ENCODED = "9acac8b21234da8f";

/** Encodes a health check request for one service, over plaintext HTTP/2 (contract 1.30 §10.4). */
export function healthRequest(service: string, authority: string, userAgent: string): Buffer {
  const fields = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/grpc.health.v1.Health/Check"],
    [":authority", authority],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ["user-agent", userAgent],
  ] as const;
  return requestFrames(fields, message(service));
}

/** Encodes a HealthCheckRequest with gRPC framing; field 1 is the service. */
function message(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([10, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Returns why a response is not SERVING; undefined if it is. `block`: the last header block, `body`: the data. */
export function healthProblem(block: Uint8Array, body: Uint8Array): string | undefined {
  const status = grpcStatus(block);
  if (status !== undefined && status !== "0") return `the health service answers status ${status}`;
  if (body.length < 5) return "the health service does not answer";
  const health = body[5] === 8 ? body[6] : 0;
  return health === SERVING ? undefined : `the health service reports ${health}, not SERVING`;
}

/** Returns `grpc-status` from a header block. The name is in no static table and there is no dynamic one, so it is always a literal. */
export function grpcStatus(block: Uint8Array): string | undefined {
  const found = encodedFields(block).find(({ name }) =>
    name?.isHuffman === true ? name.bytes.toString("hex") === STATUS_ENCODED : name?.bytes.toString() === "grpc-status",
  );
  return found?.value === undefined ? undefined : digitsOf(found.value);
}
