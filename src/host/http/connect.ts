import { type ByteStream, byteStream, type Wire, wireHandlers, wireOf } from "./byte-stream.ts";
import { receiveNow } from "./receive-now.ts";

/** HTTP/2 and HTTP/1.1 as ALPN sends them: each with its length in front. */
const OFFER = "\x02h2\x08http/1.1";

/** Where a connection goes, and how. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Address the connection comes from. */
  readonly source?: string;
  readonly tls?: boolean;
  /** Whether the certificate has to be a trusted one of the host; probes do not ask. */
  readonly verify?: boolean;
  /** Offers HTTP/2 on an encrypted connection. */
  readonly http2?: boolean;
  readonly signal: AbortSignal;
}

/** Connects to the first address of the host that accepts. @throws Error when none does */
export async function connect(to: Destination): Promise<ByteStream> {
  // The first address is the likeliest one; what the others lack is often no more than their family.
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

/** `localhost` needs no name server; an empty host is the source itself, as the system has it. */
function addressesOf(host: string, source: string | undefined): readonly string[] {
  const isV6 = source?.includes(":");
  if (host === "") return [source ?? "127.0.0.1"];
  if (host !== "localhost") return [host.replace(/^\[|\]$/g, "")];
  return ["127.0.0.1", "::1"].filter((address) => isV6 === undefined || address.includes(":") === isV6);
}

function connectTo(address: string, { host, port, source, tls, verify, http2, signal }: Destination): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const wire = wireOf();
    const stream = byteStream(wire);
    const giveUp = () => fail(timedOut(signal));
    const stopListening = () => signal.removeEventListener("abort", giveUp);
    signal.addEventListener("abort", giveUp, { once: true });
    // The cause first: what ends with the socket is reported at once, too.
    const fail = (error: unknown) => {
      stopListening();
      reject(error);
      wire.socket?.terminate();
    };
    const opened = () => {
      if (tls !== true) wire.receive = receiveNow;
      stopListening();
      resolve(stream);
    };
    const handlers = wireHandlers((_, socket) => (signal.aborted ? void socket.terminate() : tls === true ? undefined : opened()));
    Bun.connect<Wire>({
      hostname: address,
      port,
      data: wire,
      ...(source === undefined ? {} : { localAddress: source }),
      ...(tls === true
        ? {
            tls: {
              rejectUnauthorized: verify === true,
              ...(http2 === true ? { ALPNProtocols: OFFER } : {}),
              ...(isName(host) ? { serverName: host } : {}),
            },
          }
        : {}),
      socket: {
        ...handlers,
        ...(tls === true
          ? {
              // The runtime reports an untrusted certificate as a failure, also where none is asked for. Without a cipher there is no connection.
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

/** The runtime gives a cipher without a name, whatever its type says, before both sides have agreed on one. */
function hasCipher(socket: Bun.Socket<Wire>): boolean {
  return Boolean(socket.getCipher().name);
}

/** Server names of TLS are names, never addresses. */
function isName(host: string): boolean {
  return host !== "" && !host.includes(":") && !/^[\d.]+$/.test(host);
}

/** Returns why a call was given up; the runtime's own text does not say which side has gone. */
export function timedOut({ reason }: AbortSignal): Error {
  if (!(reason instanceof DOMException)) return reason instanceof Error ? reason : new Error("The request was aborted");
  return new Error(reason.name === "TimeoutError" ? "no answer in time" : "the caller disconnected", { cause: reason });
}
