import { joinHostPort } from "../../go/host-port.ts";
import { contentOf, FLAG, FRAME, type Frame, frameBytes, healthProblem, healthRequest } from "../../status/grpc-health.ts";
import type { ByteStream } from "./byte-stream.ts";
import { type Call, connect } from "./http-client.ts";

/** Frames are no longer than this by default, and nobody has allowed more. */
const LONGEST = 16_384;
const MOST_BYTES = 1_048_576;

/**
 * Asks a gRPC health service without encryption, on a connection of its own. @throws Error unless it says SERVING. Written by
 * hand for one call: the runtime's HTTP/2 adds 1.2 MB to the program and as much to its memory (spec 1.30 §10.4).
 */
export async function checkHealth(
  to: Pick<Call, "host" | "port" | "source" | "signal">,
  service: string,
  userAgent = "attache",
): Promise<void> {
  to.signal.throwIfAborted();
  const stream = await connect(to);
  const give = () => stream.cut();
  to.signal.addEventListener("abort", give, { once: true });
  try {
    await stream.write(healthRequest(service, joinHostPort(to.host, String(to.port)), userAgent));
    const { block, body } = await answerOf(stream);
    const problem = healthProblem(block, body);
    if (problem !== undefined) throw new Error(problem);
  } catch (error) {
    to.signal.throwIfAborted();
    throw error;
  } finally {
    to.signal.removeEventListener("abort", give);
    stream.cut();
  }
}

/** The last header fields and all data of the one stream. @throws Error when it does not end well */
async function answerOf(stream: ByteStream): Promise<{ readonly block: Uint8Array; readonly body: Uint8Array }> {
  let block = Buffer.alloc(0);
  let body = Buffer.alloc(0);
  let ends = false;
  for (let size = 0; size < MOST_BYTES; ) {
    const frame = await frameOf(stream);
    size += frame.payload.length + 9;
    const { type, flags } = frame;
    if (type === FRAME.settings && (flags & FLAG.ack) === 0) await answer(stream, frame, Buffer.alloc(0));
    if (type === FRAME.ping && (flags & FLAG.ack) === 0) await answer(stream, frame, frame.payload);
    if (type === FRAME.reset) throw new Error("the health service has reset the call");
    if (type === FRAME.goAway) throw new Error("the health service closes the connection");
    if (type === FRAME.data) body = Buffer.concat([body, contentOf(frame)]);
    if (type === FRAME.headers) block = Buffer.from(contentOf(frame));
    if (type === FRAME.continuation) block = Buffer.concat([block, frame.payload]);
    if (type === FRAME.data || type === FRAME.headers) ends = (flags & FLAG.endStream) !== 0;
    if (ends && (type === FRAME.data || (flags & FLAG.endHeaders) !== 0)) return { block, body };
  }
  throw new Error("the health service's answer has no end");
}

async function answer(stream: ByteStream, { type }: Frame, payload: Uint8Array): Promise<void> {
  await stream.write(frameBytes({ type, flags: FLAG.ack, stream: 0, payload }));
}

async function frameOf(stream: ByteStream): Promise<Frame> {
  const head = await exactly(stream, 9);
  const length = head.readUIntBE(0, 3);
  if (length > LONGEST) throw new Error("the answer is not HTTP/2");
  return { type: head[3] ?? 0, flags: head[4] ?? 0, stream: head.readUInt32BE(5), payload: await exactly(stream, length) };
}

async function exactly(stream: ByteStream, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let left = length; left > 0; ) {
    const piece = await stream.read(left);
    if (piece === undefined) throw new Error("the connection was closed without an answer");
    left -= piece.length;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
