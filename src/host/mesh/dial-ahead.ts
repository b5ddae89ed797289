import type { GrpcConnection } from "./grpc.ts";

/** Milliseconds that a connection is kept for a stream: files that it was made with may change. */
const KEPT = 10_000;

/** Connections, of which the first is made before it is needed. */
export interface DialledAhead {
  /** Returns the first connection if it works, or a new one. */
  readonly take: () => GrpcConnection;
  readonly close: () => void;
}

/** Connects now, while Envoy starts. Whether that fails does not matter: the connection is then made again, when it is needed. */
export function dialAhead(connect: () => GrpcConnection): DialledAhead {
  let first: GrpcConnection | undefined = connect();
  const close = () => {
    clearTimeout(timer);
    first?.close();
    first = undefined;
  };
  const timer = setTimeout(close, KEPT);
  timer.unref();
  return {
    take() {
      const taken = first;
      if (taken === undefined || !taken.isUsable()) {
        close();
        return connect();
      }
      clearTimeout(timer);
      first = undefined;
      return taken;
    },
    close,
  };
}
