import type { GrpcStatus } from "./grpc-status.ts";

/** The names of the codes in Go's error texts, by number. */
const GO_NAMES = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** Returns the text of a failed call as Go has it, part of recorded status texts (recorded: sds/no_certificate_yet). */
export function rpcErrorText({ code, message }: GrpcStatus): string {
  return `rpc error: code = ${GO_NAMES[code] ?? `Code(${code})`} desc = ${message}`;
}
