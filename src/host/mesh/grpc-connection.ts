import type { Log } from "../../common/notice.ts";
import { joinHostPort } from "../../go/host-port.ts";
import type { Headers } from "../../http/message-head.ts";
import { sentHeaders } from "../../mesh/grpc-headers.ts";
import type { GrpcStatus } from "../../mesh/grpc-status.ts";
import { GRPC } from "../../mesh/grpc-text.ts";
import type { Endpoint } from "../../mesh/mesh-plan.ts";
import type { NewPiece } from "../../mesh/message-collector.ts";
import { BUILD } from "../build-info.ts";
import { type OpenCall, openCall } from "./client-call.ts";
import { CLOSED, dialServer } from "./dial-server.ts";
import type { GrpcConnection } from "./grpc.ts";

/** Milliseconds until a server must have answered with its HTTP/2 settings (recorded: xds/mute). */
const DIAL_LIMIT = 20_000;
/** The largest message, in bytes. */
export const MAX_MESSAGE = 2 ** 31 - 1;

/** Options of a connection; only tests change the limits. */
export interface DialOptions {
  readonly limit?: number;
  readonly maxMessage?: number;
  /** Where the memory of large messages comes from. */
  readonly newPiece?: NewPiece;
}

/** Dials a gRPC server. Failures are reported to the calls, as UNAVAILABLE. */
export function connectGrpc(
  endpoint: Endpoint,
  log: Log,
  { limit = DIAL_LIMIT, maxMessage = MAX_MESSAGE, newPiece }: DialOptions = {},
): GrpcConnection {
  const { tls, host, port } = endpoint;
  const authority = tls === undefined ? joinHostPort(host, String(port)) : tls.serverName;
  const dial = dialServer(endpoint, limit, log);
  const calls = new Set<OpenCall>();
  let lost: GrpcStatus | undefined;
  dial.lost.then((status) => {
    lost = status;
    for (const call of [...calls]) call.finish(status);
  });
  return {
    open(method, headers, handler) {
      const context = { dial, handler, maxMessage, newPiece, headers: requestHeaders(tls !== undefined, authority, method, headers) };
      const opened = openCall(context, () => calls.delete(opened));
      calls.add(opened);
      if (lost !== undefined) opened.finish(lost);
      return opened;
    },
    isUsable: () => lost === undefined && !dial.isLeaving(),
    wasReady: dial.wasReady,
    close() {
      lost ??= CLOSED;
      for (const call of [...calls]) call.cancel();
      dial.close();
    },
  };
}

function requestHeaders(isTls: boolean, authority: string, method: string, headers: Headers): Headers {
  return [
    [":method", "POST"],
    [":scheme", isTls ? "https" : "http"],
    [":path", method],
    [":authority", authority],
    ["content-type", GRPC],
    ["te", "trailers"],
    ["user-agent", `attache/${BUILD.version}`],
    ...sentHeaders(headers),
  ];
}
