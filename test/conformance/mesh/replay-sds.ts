import type { CallHandler } from "../../../src/host/mesh/grpc.ts";
import { acceptSds } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST } from "../../../src/mesh/discovery.ts";
import { ProtobufError } from "../../../src/mesh/protobuf.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { type FakeStore, fakeCall, fakeStore, type Sent, secretsOf, settled } from "../../host/mesh/fake-call.ts";
import { messageOf, type RecordedEvent, type Transcript } from "./transcripts.ts";

interface Stream {
  handler: CallHandler | undefined;
  readonly sent: Sent[];
  /** Recorded nonces, and those that were sent here in their place. */
  readonly nonces: Map<string, string>;
}

const FAILED = /^failed to generate secret for (.*?): (?=failed|context|the )(.*)$/s;

/** Sends what the recorded clients sent to our server. Returns what differs from the recorded answers. */
export async function replaySds({ events }: Transcript): Promise<readonly string[]> {
  const store = fakeStore();
  const accept = acceptSds({ store, log: () => {}, plan: {} });
  const streams = new Map<string, Stream>();
  const differences: string[] = [];
  for (const [index, event] of events.entries()) {
    const id = `${event.conn}/${event.stream}`;
    if (event.channel === "client>agent sds") {
      if (event.kind === "headers" && !streams.has(id)) streams.set(id, openStream(event, accept));
      const stream = streams.get(id);
      if (stream !== undefined) await send(stream, event, { store, next: answerTo(events, index, event) });
    }
    if (event.channel === "agent>client sds") {
      const stream = streams.get(id);
      if (event.kind === "close") differences.push(...closed(streams, event));
      if (stream === undefined || (event.kind !== "message" && event.kind !== "end")) continue;
      const isPush = event.kind === "message" && stream.sent.length === 0;
      if (isPush) {
        for (const name of namesOf(event)) store.change(name);
        await settled();
      }
      const difference = compare(event, stream);
      if (difference !== undefined) differences.push(`${event.t}: ${difference}`);
    }
  }
  await settled();
  for (const { sent } of streams.values()) for (const each of sent) differences.push(`not recorded: ${JSON.stringify(each)}`);
  return differences;
}

function openStream(event: RecordedEvent, accept: ReturnType<typeof acceptSds>): Stream {
  const stream: Stream = { handler: undefined, sent: [], nonces: new Map() };
  const accepted = accept(fakeCall(event.metadata?.[":path"] ?? "", stream.sent, () => stream.handler));
  if ("code" in accepted) stream.sent.push({ status: accepted });
  else stream.handler = accepted;
  return stream;
}

interface Context {
  readonly store: FakeStore;
  readonly next: RecordedEvent | undefined;
}

async function send({ handler, nonces }: Stream, event: RecordedEvent, { store, next }: Context): Promise<void> {
  const [, name, cause] = FAILED.exec(decodeURIComponent(next?.metadata?.["grpc-message"] ?? "")) ?? [];
  store.failures.clear();
  if (name !== undefined && cause !== undefined) store.failures.set(name, cause);
  if (event.kind === "message") await handler?.message([withNonce(messageOf(event), nonces)].flat());
  if (event.kind === "end") handler?.halfClosed?.();
  if (event.kind === "reset") handler?.ended({ code: 1, message: "" });
  await settled();
}

function withNonce(message: Buffer, nonces: ReadonlyMap<string, string>): readonly Uint8Array[] {
  try {
    const { responseNonce } = decode(DISCOVERY_REQUEST, [message]);
    const own = nonces.get(responseNonce);
    // A scalar that comes twice has its last value.
    return own === undefined ? [message] : [message, ...encode(DISCOVERY_REQUEST, { responseNonce: own })];
  } catch (error) {
    if (error instanceof ProtobufError) return [message];
    throw error;
  }
}

function answerTo(events: readonly RecordedEvent[], index: number, { conn, stream }: RecordedEvent): RecordedEvent | undefined {
  return events
    .slice(index + 1)
    .find(
      (event) =>
        event.conn === conn && event.stream === stream && event.channel === "agent>client sds" && ["message", "end"].includes(event.kind),
    );
}

interface RecordedResource {
  readonly name: string;
}

function namesOf(event: RecordedEvent): readonly string[] {
  return ((event.decoded?.resources ?? []) as readonly RecordedResource[]).map(({ name }) => name);
}

function compare(event: RecordedEvent, { sent, nonces }: Stream): string | undefined {
  const got = sent.shift();
  if (event.kind === "end") {
    const [code, text] = [Number(event.metadata?.["grpc-status"] ?? -1), decodeURIComponent(event.metadata?.["grpc-message"] ?? "")];
    const own = got !== undefined && "status" in got ? got.status : undefined;
    const isSame = own?.code === code && (own.message === text || text.includes("proto:"));
    return isSame ? undefined : `recorded status ${code} "${text}", got ${JSON.stringify(got)}`;
  }
  const recorded = JSON.stringify(secretsOf([messageOf(event)]));
  if (got === undefined || !("secrets" in got)) return `recorded ${recorded}, got ${JSON.stringify(got)}`;
  nonces.set(String(event.decoded?.["nonce"]), got.nonce);
  const own = JSON.stringify(got.secrets);
  return own === recorded ? undefined : `recorded ${recorded}, got ${own}`;
}

/** The agent has closed a connection: the streams that are still open on it have no status. */
function closed(streams: ReadonlyMap<string, Stream>, { conn, t }: RecordedEvent): readonly string[] {
  return [...streams].flatMap(([id, { sent }]) =>
    id.startsWith(`${conn}/`) && sent.length > 0 ? [`${t}: ${JSON.stringify(sent)} before the close`] : [],
  );
}
