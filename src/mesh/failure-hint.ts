import type { CalledServer } from "./called-server.ts";
import { CODE, type GrpcStatus } from "./grpc-status.ts";
import { targetHint } from "./grpc-target.ts";
import type { TokenSource } from "./mesh-plan.ts";
import { nameHint } from "./name-hint.ts";
import { protocolHint } from "./protocol-hint.ts";
import { rootsHint } from "./roots-hint.ts";
import { tokenHint } from "./token-hint.ts";

/** How the status of a call begins whose token cannot be read, in Go's gRPC library; the reason follows. */
export const NO_CREDENTIALS = "transport: per-RPC creds failed due to error: ";

/** What is probable when a server does not know the call for a certificate. */
const NO_CA = " (there is no CA at this address: set CA_ADDR; istiod's is on port 15012)";

/** A call that has failed: its server, and where its token was from. */
export interface FailedCall extends CalledServer {
  readonly token: TokenSource;
}

/**
 * Returns what may be wrong when a call to the control plane or the CA has failed, for the end of a message; may be empty. `sent`: the token
 * of the call. `now`: ms since 1970.
 */
export function failureHint({ code, message }: GrpcStatus, call: FailedCall, sent: string | undefined, now: number): string {
  if (message.startsWith(NO_CREDENTIALS)) return "";
  if (code === CODE.UNAUTHENTICATED) return tokenHint(call.token, sent, now);
  if (code === CODE.UNIMPLEMENTED && call.server === "CA") return NO_CA;
  const { host, problem } = call.endpoint;
  if (problem !== undefined) return targetHint(host, problem);
  return rootsHint(call, message) || nameHint(call, message) || protocolHint(call, message);
}
