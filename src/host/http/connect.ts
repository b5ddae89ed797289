import { connectableHost } from "../linux/connectable-host.ts";
import { ByteStream, streamHandlers } from "./byte-stream.ts";
import { receiveNow } from "./receive-now.ts";

/** HTTP/2 and HTTP/1.1 in ALPN form: each prefixed with its length. */
const OFFER = "\x02h2\x08http/1.1";

/** The destination of a connection, and its options. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Source address of the connection. */
  readonly source?: string;
  readonly tls?: boolean;
  /** Whether the certificate must be valid for the host; probes do not check it. */
  readonly verify?: boolean;
  /** Offers HTTP/2 on an encrypted connection. */
  readonly http2?: boolean;
  readonly signal: AbortSignal;
}

/** Connects to the first address of the host that accepts. @throws Error of the first address when none does */
export async function connect(to: Destination): Promise<ByteStream> {
  // The first failure is kept: the other addresses often fail only because of their family.
  let failure: unknown;
  for (const address of addressesOf(to.host, to.source)) {
    if (to.signal.aborted) throw timedOut(to.signal);
    try {
      return await connectTo(address, to);
    } catch (error) {
      failure ??= error;
    }
  }
  if (to.signal.aborted) throw timedOut(to.signal);
  throw failure ?? new Error(`No address of ${to.host} fits the source ${to.source}`);
}

/** Resolves `localhost` without DNS; an empty host means the source address, as for the kernel. */
function addressesOf(host: string, source: string | undefined): readonly string[] {
  const isV6 = source?.includes(":");
  if (host === "") return [source ?? "127.0.0.1"];
  if (host !== "localhost") return [host.replace(/^\[|\]$/g, "")];
  return ["127.0.0.1", "::1"].filter((address) => isV6 === undefined || address.includes(":") === isV6);
}

function connectTo(address: string, to: Destination): Promise<ByteStream> {
  const { port, source, tls, verify, signal } = to;
  return new Promise((resolve, reject) => {
    const stream = new ByteStream();
    const giveUp = () => fail(timedOut(signal));
    const stopListening = () => signal.removeEventListener("abort", giveUp);
    signal.addEventListener("abort", giveUp, { once: true });
    // First the cause: the close of the socket is reported as well.
    const fail = (error: unknown) => {
      stopListening();
      reject(error);
      stream.cut();
    };
    const opened = () => {
      if (tls !== true) stream.receive = receiveNow;
      stopListening();
      resolve(stream);
    };
    const handlers = streamHandlers((_, socket) => (signal.aborted ? void socket.terminate() : tls === true ? undefined : opened()));
    Bun.connect<ByteStream>({
      hostname: connectableHost(address),
      port,
      data: stream,
      ...(source === undefined ? {} : { localAddress: source }),
      ...(tls === true ? { tls: tlsOptions(to) } : {}),
      socket: {
        ...handlers,
        ...(tls === true
          ? {
              // The runtime reports an untrusted certificate as a failure even when verification is off. Without a cipher there is no
              // connection.
              handshake: (socket, isTrusted, error) =>
                isTrusted || (verify !== true && hasCipher(socket)) ? opened() : fail(error ?? new Error("The TLS handshake failed")),
            }
          : {}),
        close(socket) {
          handlers.close?.(socket);
          fail(new Error("The connection was closed at once"));
        },
        connectError: (_, error) => fail(error),
      },
    }).catch(fail);
  });
}

function tlsOptions({ host, verify, http2 }: Destination): Bun.TLSOptions {
  return {
    rejectUnauthorized: verify === true,
    ...(http2 === true ? { ALPNProtocols: OFFER } : {}),
    ...(isName(host) ? { serverName: host } : {}),
  };
}

/** Before the handshake is complete, the runtime returns a cipher without a name, whatever its type declares. */
function hasCipher(socket: Bun.Socket<ByteStream>): boolean {
  return Boolean(socket.getCipher().name);
}

/** TLS server names must be names, not addresses. */
function isName(host: string): boolean {
  return host !== "" && !host.includes(":") && !/^[\d.]+$/.test(host);
}

/** Returns why a call was aborted; the error of the runtime does not say which side closed the connection. */
export function timedOut({ reason }: AbortSignal): Error {
  if (!(reason instanceof DOMException)) return reason instanceof Error ? reason : new Error("The request was aborted");
  return new Error(reason.name === "TimeoutError" ? "no answer in time" : "the caller disconnected", { cause: reason });
}
