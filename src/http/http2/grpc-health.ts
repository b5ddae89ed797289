import { type Headers, headerOf } from "../message-head.ts";

/** SERVING of HealthCheckResponse. */
const SERVING = 1;
/** Bytes before each message of gRPC: a flag and its length. */
const PREFIX = 5;

/** Returns the fields of a health check request over plaintext HTTP/2 (contract 1.30 §10.4). */
export function healthFields(authority: string, userAgent: string): Headers {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/grpc.health.v1.Health/Check"],
    [":authority", authority],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ["user-agent", userAgent],
  ];
}

/** Encodes a HealthCheckRequest with gRPC framing; field 1 is the service. */
export function healthMessage(service: string): Uint8Array {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([10, ...varint(name.length)]), name]);
  const head = Buffer.alloc(PREFIX);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Encodes a number as a varint of protobuf: seven bits per byte, lowest first. */
function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

/** Returns why a response is not SERVING; undefined if it is. `trailers`: its last fields. */
export function healthProblem(trailers: Headers, body: Uint8Array): string | undefined {
  const status = headerOf(trailers, "grpc-status");
  if (status !== undefined && status !== "0") return `the health service answers status ${status}`;
  if (body.length < PREFIX) return "the health service does not answer";
  const health = body[PREFIX] === 8 ? body[PREFIX + 1] : 0;
  return health === SERVING ? undefined : `the health service reports ${health}, not SERVING`;
}
