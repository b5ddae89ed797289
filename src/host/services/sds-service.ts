import { type ListeningSocket, type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import type { GrpcServer } from "../mesh/grpc.ts";
import { serveGrpc } from "../mesh/grpc-server.ts";
import { listenOnSocket } from "../mesh/listen-on-socket.ts";
import { removeSocket } from "../mesh/remove-socket.ts";
import { acceptSds, SDS_RULES } from "../mesh/sds-server.ts";
import { openSecretStore } from "../mesh/secret-store.ts";

/** Pauses, in milliseconds, before a socket that cannot be listened on is tried again (contract 1.30 §13a). */
const PAUSES = [1_000, 2_000, 4_000, 8_000];

/** Opens the certificates of the mesh, and serves them to Envoy if it is started. */
export function openSdsService({ agent, sockets, counts, bundle, newKey, log }: ServiceContext): Service {
  const plan = agent.services.mesh?.sds;
  if (plan === undefined) return untilInterrupted(() => {});
  const store = openSecretStore(plan, { counts, log, newKey });
  bundle.onSet(store.setBundle);
  const accept = acceptSds({ store, log, plan });
  let socket: ListeningSocket | undefined;
  let server: GrpcServer | undefined;
  let timer: Timer | undefined;
  /** Why nothing listens. */
  let problem: string | undefined;

  function serve(listening: ListeningSocket): void {
    problem = undefined;
    socket = listening;
    server = serveGrpc(listening.descriptor, SDS_RULES, accept);
  }

  /** The first try was made before Envoy was started, and logged. */
  function listenLater(path: string, pauses: readonly number[]): void {
    const [pause, ...rest] = pauses;
    timer = setTimeout(() => {
      const listening = listenOnSocket(path);
      if (listening.kind === "listening") {
        serve(listening);
        return;
      }
      problem = listening.problem;
      if (rest.length > 0) listenLater(path, rest);
      else log("warn", `No certificates for Envoy until the agent is restarted: ${listening.problem}`);
    }, pause).unref();
  }

  if (sockets.sds !== undefined) serve(sockets.sds);
  else if (plan.socket !== undefined) listenLater(plan.socket, PAUSES);
  const stop = () => {
    clearTimeout(timer);
    server?.close();
    if (socket !== undefined) removeSocket(socket);
    store.close();
  };
  return untilInterrupted(stop, {
    likelyCause() {
      const reason = problem ?? store.reason();
      return reason === undefined ? undefined : `no certificate: ${reason}`;
    },
  });
}
