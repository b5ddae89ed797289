import { protoText } from "./protobuf.ts";

/** The status codes of gRPC, by their names in its specification. */
export const CODE = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The end of a gRPC call. A code that is not in the table is kept as it came. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

export const OK: GrpcStatus = { code: CODE.OK, message: "" };

/** Returns the status for a message that cannot be read, with the text of Go's gRPC library. @throws the error itself if it is another one */
export function unreadable(error: unknown): GrpcStatus {
  return { code: CODE.INTERNAL, message: `grpc: failed to unmarshal the received message: ${protoText(error)}` };
}

/** Returns the name of a code, or the code itself if the specification has none. */
export function codeName(code: number): string {
  return Object.entries(CODE).find(([, each]) => each === code)?.[0] ?? String(code);
}
