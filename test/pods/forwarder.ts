import type { Socket } from "bun";

/** Forwards connections, until it breaks them on request. */
export interface Forwarder extends Disposable {
  readonly port: number;
  /** Cuts every connection with a reset. */
  readonly reset: () => void;
  /** Keeps connections open, and passes nothing on any more: they are half-open. New ones work. */
  readonly freeze: () => void;
  /** Number of open connections. */
  readonly open: () => number;
}

interface Side {
  other?: Socket<Side>;
  readonly waiting: Uint8Array[];
  isFrozen: boolean;
}

/** Starts a forwarder from a port to another one. */
export function startForwarder(host: string, from: number, to: () => number): Forwarder {
  const clients = new Set<Socket<Side>>();
  const write = (socket: Socket<Side>, data: Uint8Array) => {
    const { waiting } = socket.data;
    const written = waiting.length === 0 ? socket.write(data) : 0;
    if (written < data.length) waiting.push(Uint8Array.from(data.subarray(Math.max(written, 0))));
  };
  const handler = {
    data(socket: Socket<Side>, data: Uint8Array) {
      if (socket.data.isFrozen) return;
      if (socket.data.other === undefined) socket.data.waiting.push(Uint8Array.from(data));
      else write(socket.data.other, data);
    },
    drain(socket: Socket<Side>) {
      const { waiting } = socket.data;
      for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
        const written = socket.write(first);
        if (written < first.length) {
          waiting[0] = first.subarray(Math.max(written, 0));
          return;
        }
        waiting.shift();
      }
    },
    close(socket: Socket<Side>) {
      clients.delete(socket);
      if (!socket.data.isFrozen) socket.data.other?.end();
    },
    error() {},
  };
  const listener = Bun.listen<Side>({
    hostname: host,
    port: from,
    socket: {
      ...handler,
      open(socket) {
        socket.data = { waiting: [], isFrozen: false };
        clients.add(socket);
        Bun.connect<Side>({ hostname: host, port: to(), data: { other: socket, waiting: [], isFrozen: false }, socket: handler }).then(
          (server) => {
            const early = socket.data.waiting.splice(0);
            socket.data.other = server;
            for (const data of early) write(server, data);
          },
          () => socket.terminate(),
        );
      },
    },
  });
  return {
    port: listener.port,
    reset() {
      for (const client of [...clients]) {
        client.data.other?.terminate();
        client.terminate();
      }
    },
    freeze() {
      for (const client of clients) {
        client.data.isFrozen = true;
        if (client.data.other !== undefined) client.data.other.data.isFrozen = true;
      }
      clients.clear();
    },
    open: () => clients.size,
    [Symbol.dispose]() {
      listener.stop(true);
    },
  };
}
