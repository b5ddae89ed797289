import { responseFraming } from "../../status/framing.ts";
import { statusOf } from "../../status/hpack.ts";
import { requestFrames } from "../../status/http2-frames.ts";
import { type Headers, parseResponseHead, type ResponseHead } from "../../status/message-head.ts";
import { type ByteStream, byteStream, type Wire, wireHandlers, wireOf } from "./byte-stream.ts";
import { http2Answer } from "./http2-answer.ts";
import { bodyOf } from "./message-body.ts";

const HEAD_LIMIT = 1_048_576;
/** HTTP/2 and HTTP/1.1 as they stand on the wire: each with its length in front. */
const OFFER = "\x02h2\x08http/1.1";
const HTTP2_BODY = 32_768;

/** One request to one place. */
export interface Call {
  readonly host: string;
  readonly port: number;
  /** Address the connection comes from. */
  readonly source?: string;
  readonly tls?: boolean;
  /** Whether the certificate has to be a trusted one of the host; probes do not ask. */
  readonly verify?: boolean;
  /** Offers HTTP/2 on an encrypted connection; a redirect is asked for again over HTTP/1.1. */
  readonly http2?: boolean;
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer extends ResponseHead {
  /** @throws Error when it ends too early, or when the signal was aborted */
  readonly body: AsyncGenerator<Buffer>;
  readonly cut: () => void;
}

/**
 * Sends one request and waits for the head of its answer; the connection is not used again. Written on the runtime's
 * sockets: its own client neither takes a source address nor leaves headers and targets as they are, and follows proxies
 * named in the environment. @throws Error when there is no answer or the signal is aborted
 */
export async function call(request: Call): Promise<Answer> {
  const stream = await connect(request);
  const cut = () => stream.cut();
  request.signal.addEventListener("abort", cut, { once: true });
  stream.closed.addEventListener("abort", () => request.signal.removeEventListener("abort", cut), { once: true });
  try {
    if (stream.protocol() === "h2") return await callHttp2(stream, request);
    await stream.write(messageOf(request));
    const head = await answerHead(stream);
    const framing = responseFraming(head, request.method);
    if (framing === undefined) throw new Error("The answer has an unreadable length");
    return { ...head, body: ended(bodyOf(stream, framing), stream, request.signal), cut };
  } catch (error) {
    stream.cut();
    throw request.signal.aborted ? timedOut(request.signal) : error;
  }
}

const NOT_IN_HTTP2 = ["host", "connection", "keep-alive", "proxy-connection", "upgrade", "te"];

/** The same over HTTP/2: as much of the body as the peer may send unasked. */
async function callHttp2(stream: ByteStream, request: Call): Promise<Answer> {
  const { method, target, headers } = request;
  const copied = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const authority = copied.find(([name]) => name === "host")?.[1] ?? "";
  const own = { ":method": method, ":scheme": "https", ":path": target, ":authority": authority };
  const fields = [...Object.entries(own), ...copied.filter(([name]) => !NOT_IN_HTTP2.includes(name))];
  await stream.write(requestFrames(fields, undefined));
  const { first, body } = await http2Answer(stream, HTTP2_BODY);
  const status = statusOf(first);
  if (status === undefined) throw new Error("The answer has no readable status");
  stream.cut();
  // Where a redirect leads is written in a code that is not read here; HTTP/1.1 says it in plain words.
  const plain = status >= 300 && status < 400 ? await call({ ...request, http2: false }).catch(() => undefined) : undefined;
  if (plain?.status === status) return plain;
  plain?.cut();
  return { status, minor: 1, headers: [], body: only(body), cut: () => stream.cut() };
}

async function* only(piece: Buffer): AsyncGenerator<Buffer> {
  yield piece;
}

/** A connection to the first address of the host that takes one. @throws Error when none does */
export async function connect(to: Pick<Call, "host" | "port" | "source" | "tls" | "verify" | "http2" | "signal">): Promise<ByteStream> {
  let failure: unknown = new Error(`No address of ${to.host} fits the source ${to.source}`);
  for (const address of addressesOf(to.host, to.source)) {
    if (to.signal.aborted) throw timedOut(to.signal);
    try {
      return await connectTo(address, to);
    } catch (error) {
      failure = error;
    }
  }
  throw to.signal.aborted ? timedOut(to.signal) : failure;
}

/** `localhost` needs no name server; an empty host is the source itself, as the system has it. */
function addressesOf(host: string, source: string | undefined): readonly string[] {
  const isV6 = source?.includes(":");
  if (host === "") return [source ?? "127.0.0.1"];
  if (host !== "localhost") return [host.replace(/^\[|\]$/g, "")];
  return ["127.0.0.1", "::1"].filter((address) => isV6 === undefined || address.includes(":") === isV6);
}

function connectTo(
  address: string,
  { host, port, source, tls, verify, http2, signal }: Pick<Call, "host" | "port" | "source" | "tls" | "verify" | "http2" | "signal">,
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const wire = wireOf();
    const stream = byteStream(wire);
    const give = () => {
      wire.socket?.terminate();
      reject(timedOut(signal));
    };
    const settle = () => signal.removeEventListener("abort", give);
    signal.addEventListener("abort", give, { once: true });
    const fail = (error: unknown) => {
      settle();
      wire.socket?.terminate();
      reject(error);
    };
    const opened = () => {
      settle();
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
              // A certificate nobody vouches for counts as a failure here; one that is not looked at is none.
              handshake: (_, isTrusted, error) =>
                isTrusted || verify !== true ? opened() : fail(error ?? new Error("The TLS handshake failed")),
            }
          : {}),
        close(socket) {
          handlers.close?.(socket);
          settle();
          reject(new Error("The connection was closed at once"));
        },
        connectError(_, error) {
          settle();
          reject(error);
        },
      },
    }).catch((error: unknown) => {
      settle();
      reject(error);
    });
  });
}

function messageOf({ method, target, headers, body = "" }: Call): Buffer {
  const length =
    body === "" && (method === "GET" || method === "HEAD") ? [] : [["Content-Length", String(Buffer.byteLength(body))] as const];
  const lines = [...headers, ...length, ["Connection", "close"] as const].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), Buffer.from(body)]);
}

/** The head of the final answer; provisional ones are passed over. */
async function answerHead(stream: ByteStream): Promise<ResponseHead> {
  for (;;) {
    const text = await stream.readHead(HEAD_LIMIT);
    if (text === undefined || text === "long") throw new Error("The connection was closed without an answer");
    const head = parseResponseHead(text.toString("latin1").replace(/\r?\n$/, ""));
    if (head === undefined) throw new Error("The answer is not HTTP");
    if (head.status >= 200 || head.status === 101) return head;
  }
}

async function* ended(body: AsyncGenerator<Buffer>, stream: ByteStream, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* body;
    if (signal.aborted) throw timedOut(signal);
  } finally {
    stream.cut();
  }
}

function timedOut(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The request was given up");
}

/** Server names of TLS are names, never addresses. */
function isName(host: string): boolean {
  return host !== "" && !host.includes(":") && !/^[\d.]+$/.test(host);
}

/** The whole body of an answer as text. @throws Error when it ends too early or is longer than the limit, in bytes */
export async function textOf(answer: Answer, limit = 64 * 1_048_576): Promise<string> {
  return (await bytesOf(answer, limit)).toString("utf8");
}

/** The same as bytes. @throws Error */
export async function bytesOf(answer: Answer, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > limit) throw new Error(`The answer is longer than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
