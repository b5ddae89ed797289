import { CODE, type GrpcStatus } from "./grpc-status.ts";

/** Texts of UNAVAILABLE for a peer that has closed the connection. */
const DISCONNECTED = ["client disconnected", "error reading from server: EOF", "transport is closing"];
/** Parts of a text that mean a regular end, with any code. */
const REGULAR = ["stream terminated by RST_STREAM with error code: NO_ERROR", "received prior goaway: code: NO_ERROR"];

/** Reports whether the end of a stream is one that was to be expected (contract 1.30 §13c). */
export function isExpectedEnd({ code, message }: GrpcStatus): boolean {
  if (code === CODE.OK || code === CODE.CANCELLED || code === CODE.DEADLINE_EXCEEDED) return true;
  const contains = (text: string) => message.includes(text);
  return (code === CODE.UNAVAILABLE && DISCONNECTED.some(contains)) || REGULAR.some(contains);
}
