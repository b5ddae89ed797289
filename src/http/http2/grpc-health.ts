import { requestFrames, variableLength } from "./frames.ts";
import { codedFields, digitsOf } from "./hpack.ts";

/** SERVING of HealthCheckResponse. */
const SERVING = 1;
/** `grpc-status` in Huffman's code, as most servers write names (RFC 7541 §5.2). */
const STATUS_CODED = "9acac8b21234da8f";

/** The bytes that ask for one service's health, without encryption (contract 1.30 §10.4). */
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

/** HealthCheckRequest, framed as gRPC does; field 1 is the service. */
function message(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([10, ...variableLength(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Why an answer is not SERVING; undefined when it is. `block` are the last header fields, `body` the data. */
export function healthProblem(block: Uint8Array, body: Uint8Array): string | undefined {
  const status = grpcStatus(block);
  if (status !== undefined && status !== "0") return `the health service answers status ${status}`;
  if (body.length < 5) return "the health service does not answer";
  const health = body[5] === 8 ? body[6] : 0;
  return health === SERVING ? undefined : `the health service reports ${health}, not SERVING`;
}

/**
 * The value of `grpc-status` in a block of header fields. The name is in no static table and the connection is new, so it
 * stands written out.
 */
export function grpcStatus(block: Uint8Array): string | undefined {
  const found = codedFields(block).find(({ name }) =>
    name?.isCoded === true ? name.bytes.toString("hex") === STATUS_CODED : name?.bytes.toString() === "grpc-status",
  );
  return found?.value === undefined ? undefined : digitsOf(found.value);
}
