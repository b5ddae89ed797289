import { expect, test } from "bun:test";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type * as grpc from "@grpc/grpc-js";
import { messageMemory } from "../../../src/host/mesh/message-memory.ts";
import { DELTA_DISCOVERY_RESPONSE, RESOURCE } from "../../../src/mesh/discovery.ts";
import { join } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { startScriptedPlane, startXdsProxy, type XdsClient, type XdsLab } from "./xds-lab.ts";

const PIECE = 65_536;
/** Sizes around those of the memory that is used again. */
const SIZES = [0, 900, 1_024, PIECE - 200, PIECE, PIECE + 1, 2 * PIECE - 100, 2 * PIECE + 700, 5 * PIECE + 3, 40 * PIECE];
/** What a message begins with: its stream and its number follow. */
const MARK = Buffer.from("which one: ");
const ROUNDS = 20;

/** Returns a message that no other one is like, in each part of it. */
function messageOf(stream: number, number: number): Buffer {
  const size = SIZES[(stream * 7 + number * 3) % SIZES.length] ?? 0;
  const words = new Uint32Array(Math.ceil(size / 4)).map((_, index) => Math.imul(index + 1, 2_654_435_761) ^ ((stream << 16) | number));
  const content = [MARK, new Uint8Array(Uint16Array.of(stream, number).buffer), new Uint8Array(words.buffer)];
  const resource = encode(RESOURCE, { name: "one", resource: content });
  return Buffer.from(join(encode(DELTA_DISCOVERY_RESPONSE, { resources: [resource], typeUrl: XDS_TYPE.cluster, nonce: "n" })));
}

/** Returns what a message says it is, if that differs from what was sent. */
function difference(message: Buffer): string | undefined {
  const at = message.indexOf(MARK) + MARK.length;
  const [stream, number] = [message.readUInt16LE(at), message.readUInt16LE(at + 2)];
  return message.equals(messageOf(stream, number)) ? undefined : `message ${number} of stream ${stream}, ${message.length} bytes`;
}

/** Sends messages for as long as they are received. */
function sendAll(call: grpc.ServerDuplexStream<Buffer, Buffer>, stream: number): void {
  const next = (number: number) => {
    if (!call.cancelled && !call.destroyed && number < 1_000) call.write(messageOf(stream, number), () => next(number + 1));
  };
  // Several at once, so that some wait in the agent.
  for (let number = 1_000; number < 1_010; number++) call.write(messageOf(stream, number));
  next(0);
}

/** Passes connections on to a port, until they are cut. */
async function startRelay(port: number): Promise<AsyncDisposable & { readonly port: number; readonly cut: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const further = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [socket, further],
      [further, socket],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
    },
  };
}

test("messages stay what they are while others are cut anywhere: memory is used again only when a message was sent", async () => {
  let streams = 0;
  await using plane = await startScriptedPlane((call) => sendAll(call, streams++));
  await using relay = await startRelay(plane.port);
  const memory = messageMemory();
  let reused = 0;
  const counted = {
    ...memory,
    release(message: Parameters<typeof memory.release>[0]) {
      reused += message.filter(({ buffer }) => buffer.byteLength === PIECE).length;
      return memory.release(message);
    },
  };
  // An agent during a hot restart has the streams of two Envoys.
  await using one = await startXdsProxy(relay.port, { newPiece: memory.newPiece }, counted);
  await using other = await startXdsProxy(plane.port, { newPiece: memory.newPiece }, counted);
  const clients: XdsClient[] = [];
  const open = (lab: XdsLab) => {
    const client = lab.open();
    client.call.write(Buffer.alloc(0));
    clients.push(client);
    return client;
  };
  /** The ways in which a stream ends with a message sent in part. */
  const cuts: readonly ((client: XdsClient, lab: XdsLab) => void)[] = [
    ({ call }) => call.cancel(),
    // The agent ends the stream that a new one of the same Envoy replaces.
    (_, lab) => void open(lab),
    relay.cut,
    () => plane.calls.at(-1)?.emit("error", { code: 14, details: "over" }),
    ({ call }) => void call.end(),
    () => memory.free(),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = [open(one), open(other)];
    await Promise.all([first.next(1 + (round % 5)), second.next(1 + (round % 9))]);
    // A client that reads nothing leaves messages in the agent.
    if (round % 2 === 0) first.call.pause();
    for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);
    cuts[round % cuts.length]?.(first, one);
    first.call.resume();
    await second.next(second.got.length + 2);
    cuts[(round * 5 + 1) % cuts.length]?.(second, other);
  }
  const messages = clients.flatMap((client) => client.messages);
  expect(messages.map(difference).filter((text) => text !== undefined)).toEqual([]);
  expect(messages.length).toBeGreaterThan(ROUNDS * 4);
  expect(reused).toBeGreaterThan(ROUNDS * 4);
}, 120_000);
