import type { GrpcTarget } from "../../mesh/grpc-target.ts";
import { hostAddresses } from "../linux/host-addresses.ts";
import type { TlsSocket } from "./tls.ts";

/** Milliseconds after which the next address of a host is tried, too (RFC 8305 §5). */
const NEXT_ADDRESS = 250;

/** What happens to a connection. */
export interface ConnectionEvents {
  readonly opened: (socket: TlsSocket) => void;
  /** The TLS handshake is over, with an error if it failed or the certificate is not trusted. */
  readonly handshake: (socket: TlsSocket, error: Error | null) => void;
  readonly data: (bytes: Buffer) => void;
  readonly drain: () => void;
  /** The connection has failed, or ended if there is no error. */
  readonly broken: (error: Error | undefined) => void;
  /** There is none: the error of the first address, or of the system if the host has no address. */
  readonly failed: (error: Error) => void;
}

/**
 * Connects to the first address of a host that accepts.
 * @throws Error when the options cannot be used, if the host is an address
 */
export function connectHost({ host, port }: GrpcTarget, tls: Bun.TLSOptions | undefined, events: ConnectionEvents): void {
  const addresses = hostAddresses(host);
  const connect = (hostname: string, socket: Bun.SocketHandler<undefined>) =>
    // The runtime reports a failure to connect to the handler as well.
    void Bun.connect<undefined>({ hostname, port, data: undefined, ...(tls && { tls }), socket }).catch(() => {});
  if ("then" in addresses) addresses.then((found) => connectToFirst(found, connect, events)).catch(events.failed);
  else connectToFirst(addresses, connect, events);
}

type Connect = (address: string, socket: Bun.SocketHandler<undefined>) => void;

/** Tries one address after the other, without waiting for one that is slow. */
function connectToFirst(addresses: readonly string[], connect: Connect, events: ConnectionEvents): void {
  const left = [...addresses];
  let pending = 0;
  let first: TlsSocket | undefined;
  let failure: Error | undefined;
  let timer: Timer | undefined;
  const tryNext = () => {
    clearTimeout(timer);
    const address = left.shift();
    if (address === undefined) return;
    pending++;
    if (left.length > 0) timer = setTimeout(tryNext, NEXT_ADDRESS);
    connect(address, handlers);
  };
  const ofFirst =
    <Rest extends unknown[]>(call: (...rest: Rest) => void) =>
    (socket: TlsSocket, ...rest: Rest): void => {
      if (socket === first) call(...rest);
    };
  const handlers: Bun.SocketHandler<undefined> = {
    binaryType: "buffer",
    open(socket) {
      if (first !== undefined) return void socket.terminate();
      first = socket;
      left.length = 0;
      clearTimeout(timer);
      events.opened(socket);
    },
    handshake: (socket, _, error) => void (socket === first && events.handshake(socket, error)),
    data: ofFirst(events.data),
    drain: ofFirst(events.drain),
    error: ofFirst(events.broken),
    close: ofFirst(events.broken),
    connectError(socket, error) {
      pending--;
      failure ??= error;
      // The runtime may report the reset of a connection that was made.
      if (first !== undefined) {
        if (socket === first) events.failed(error);
      } else if (left.length > 0) tryNext();
      else if (pending === 0) events.failed(failure);
    },
  };
  tryNext();
}
