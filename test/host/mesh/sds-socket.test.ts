import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ClientDuplexStream, credentials, type ServiceError, type StatusObject } from "@grpc/grpc-js";
import fc from "fast-check";
import type { GrpcServer } from "../../../src/host/mesh/grpc.ts";
import { serveGrpc } from "../../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { acceptSds, SDS_RULES } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../../src/mesh/discovery.ts";
import { join as joinPieces } from "../../../src/mesh/pieces.ts";
import type { Encodable } from "../../../src/mesh/protobuf.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { SECRET } from "../../../src/mesh/secret-message.ts";
import { ANY } from "../../../src/mesh/well-known.ts";
import { type FakeStore, fakeCall, fakeStore, type Sent, settled } from "./fake-call.ts";

const SERVICE = "/envoy.service.secret.v3.SecretDiscoveryService";
const node = encode(NODE, { id: "sidecar~10.0.0.1~a.b~c" });
const directories: string[] = [];
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function serve(store: FakeStore): Promise<{ readonly client: Client; readonly server: GrpcServer }> {
  const directory = mkdtempSync(join(tmpdir(), "attache-sds-"));
  directories.push(directory);
  const path = join(directory, "socket");
  const listening = listenOnSocket(path);
  if (listening.kind === "failed") throw new Error(listening.problem);
  const server = serveGrpc(listening.descriptor, SDS_RULES, acceptSds({ store, log: () => {}, plan: {} }));
  const client = new Client(`unix:${path}`, credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
  closing.push(() => client.close(), server.close);
  return { client, server };
}

/** A stream of a foreign client: what it received, as names and statuses. */
function open(client: Client, method = "StreamSecrets") {
  const path = method.startsWith("/") ? method : `${SERVICE}/${method}`;
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
    path,
    (sent: Buffer) => sent,
    (got: Buffer) => got,
  );
  const got: string[] = [];
  const waiting: (() => void)[] = [];
  let nonce = "";
  const add = (text: string) => {
    got.push(text);
    for (const wake of waiting.splice(0)) wake();
  };
  call.on("data", (data: Buffer) => {
    const response = decode(DISCOVERY_RESPONSE, [data]);
    nonce = response.nonce;
    add(response.resources.map((resource) => decode(SECRET, decode(ANY, resource).value).name).join("+"));
  });
  call.on("error", (_: ServiceError) => {});
  call.on("status", ({ code, details }: StatusObject) => add(`${code} ${details}`));
  return {
    call,
    got,
    nonce: () => nonce,
    send: (fields: Encodable<typeof DISCOVERY_REQUEST>) =>
      call.write(Buffer.from(joinPieces(encode(DISCOVERY_REQUEST, { node, ...fields })))),
    async next(count: number): Promise<readonly string[]> {
      while (got.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return got;
    },
  };
}

describe("the SDS socket, for a foreign client", () => {
  test("serves two streams of one connection, ACKs and changes", async () => {
    const store = fakeStore();
    const { client } = await serve(store);
    const [certificate, root] = [open(client), open(client)];
    certificate.send({ resourceNames: ["default"] });
    root.send({ resourceNames: ["ROOTCA"] });
    await Promise.all([certificate.next(1), root.next(1)]);
    certificate.send({ resourceNames: ["default"], responseNonce: certificate.nonce() });
    certificate.send({ resourceNames: ["default", "ROOTCA"], responseNonce: certificate.nonce() });
    expect(await certificate.next(2)).toEqual(["default", "ROOTCA"]);
    store.change("ROOTCA");
    expect(await certificate.next(3)).toEqual(["default", "ROOTCA", "ROOTCA"]);
    expect(await root.next(2)).toEqual(["ROOTCA", "ROOTCA"]);
    certificate.call.end();
    expect(await certificate.next(4)).toContain("0 ");
    root.call.cancel();
    expect((await root.next(3)).at(-1)).toStartWith("1 ");
  });

  test.each([
    ["DeltaSecrets", "12 DeltaSecrets not implemented"],
    ["FetchSecrets", "12 FetchSecrets not implemented"],
    ["NoSuchMethod", "12 unknown method NoSuchMethod for service envoy.service.secret.v3.SecretDiscoveryService"],
    ["/no.such.Service/Method", "12 unknown service no.such.Service"],
  ])("refuses %s", async (method, status) => {
    const { client } = await serve(fakeStore());
    expect(await open(client, method).next(1)).toEqual([status]);
  });

  test("takes a request of 4 MiB and refuses a larger one", async () => {
    const { client } = await serve(fakeStore());
    const limit = 4 * 1024 * 1024;
    const message = (size: number) => {
      const request = { node, resourceNames: ["default"], versionInfo: "" };
      const empty = joinPieces(encode(DISCOVERY_REQUEST, request)).length;
      // The tag and the length of the version take five bytes.
      return Buffer.from(joinPieces(encode(DISCOVERY_REQUEST, { ...request, versionInfo: "v".repeat(size - empty - 5) })));
    };
    const [fits, over] = [open(client), open(client)];
    fits.call.write(message(limit));
    expect(await fits.next(1)).toEqual(["default"]);
    over.call.write(message(limit + 1));
    expect(await over.next(1)).toEqual(["8 grpc: received message larger than max (4194305 vs. 4194304)"]);
  });

  test("ends a stream whose message is not a protobuf message, alone", async () => {
    const { client } = await serve(fakeStore());
    const [other, stream] = [open(client), open(client)];
    stream.call.write(Buffer.from("ffffff", "hex"));
    expect(await stream.next(1)).toEqual(["13 grpc: failed to unmarshal the received message: proto: message is truncated"]);
    other.send({ resourceNames: ["default"] });
    expect(await other.next(1)).toEqual(["default"]);
  });

  test("closes the connection without a status when the agent stops", async () => {
    const { client, server } = await serve(fakeStore());
    const stream = open(client);
    stream.send({ resourceNames: ["default"] });
    await stream.next(1);
    server.close();
    expect((await stream.next(2)).at(-1)).toStartWith("14 ");
  });
});

test("10,000 mutated requests are answered, ignored, or end their stream", async () => {
  const accept = acceptSds({ store: fakeStore(), log: () => {}, plan: {} });
  const start = joinPieces(
    encode(DISCOVERY_REQUEST, {
      node,
      resourceNames: ["default", "ROOTCA"],
      versionInfo: "v",
      responseNonce: "n",
      errorDetail: { code: 13 },
    }),
  );
  const property = fc.asyncProperty(
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    fc.nat(),
    async (changes, cut) => {
      const message = Uint8Array.from(start.subarray(0, start.length - (cut % 8)));
      for (const [place, byte] of changes) message[place % message.length] = byte;
      const sent: Sent[] = [];
      const accepted = accept(fakeCall(`${SERVICE}/StreamSecrets`, sent, () => undefined));
      if ("code" in accepted) throw new Error("the stream was refused");
      await accepted.message([message]);
      for (const each of sent) if ("status" in each) expect([2, 3, 13]).toContain(each.status.code);
      accepted.ended({ code: 1, message: "" });
    },
  );
  await fc.assert(property, { seed: 20_261_129, numRuns: 10_000 });
  await settled();
});
