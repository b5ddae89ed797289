import type { MeshSockets, StartFailure } from "../../commands/service.ts";
import { STATUS } from "../../common/exit-status.ts";
import type { SocketPaths } from "../../mesh/mesh-plan.ts";
import { startLibc } from "../linux/start-libc.ts";
import { listenOnSocket } from "./listen-on-socket.ts";

/**
 * Listens on the sockets of the mesh. Without that of xDS there is no start; that of SDS is tried again by its service (contract 1.30
 * §9.1 steps 4 and 5). Where the C library cannot be called, the agent starts without both.
 */
export function openMeshSockets(
  { sds, xds }: SocketPaths,
  warn: (text: string) => void,
): { readonly sockets: MeshSockets; readonly failure?: StartFailure } {
  const sockets: { -readonly [Name in keyof MeshSockets]: MeshSockets[Name] } = {};
  if (sds !== undefined) {
    const listening = listenOnSocket(sds);
    if (listening.kind === "listening") sockets.sds = listening;
    else warn(listening.problem);
  }
  if (xds !== undefined) {
    const listening = listenOnSocket(xds);
    if (listening.kind === "listening") sockets.xds = listening;
    else if (startLibc === undefined) warn(listening.problem);
    else return { sockets, failure: { problem: listening.problem, status: STATUS.refused } };
  }
  return { sockets };
}
