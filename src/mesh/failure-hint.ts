import { CODE, type GrpcStatus } from "./grpc-status.ts";
import type { Endpoint, TokenSource } from "./mesh-plan.ts";
import { protocolHint } from "./protocol-hint.ts";
import { rootsHint } from "./roots-hint.ts";
import { tokenHint } from "./token-hint.ts";

/** How the status of a call begins whose token cannot be read, in Go's gRPC library; the reason follows. */
export const NO_CREDENTIALS = "transport: per-RPC creds failed due to error: ";

/** The part of a plan that may be the cause of a failed call. */
export interface CallPlan {
  readonly token: TokenSource;
  readonly endpoint: Pick<Endpoint, "tls">;
}

/**
 * Returns what may be wrong when a call to the control plane or the CA has failed, for the end of a message; may be empty. `sent`: the token
 * of the call. `now`: ms since 1970.
 */
export function failureHint({ code, message }: GrpcStatus, { token, endpoint }: CallPlan, sent: string | undefined, now: number): string {
  if (message.startsWith(NO_CREDENTIALS)) return "";
  return code === CODE.UNAUTHENTICATED ? tokenHint(token, sent, now) : rootsHint(endpoint, message) || protocolHint(endpoint, message);
}
