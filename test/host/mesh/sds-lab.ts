import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ClientDuplexStream, credentials, type ServiceError, type StatusObject } from "@grpc/grpc-js";
import type { GrpcServer } from "../../../src/host/mesh/grpc.ts";
import { serveGrpc } from "../../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { acceptSds, SDS_RULES } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../../src/mesh/discovery.ts";
import { join as joinPieces } from "../../../src/mesh/pieces.ts";
import type { Decoded, Encodable } from "../../../src/mesh/protobuf.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import type { SecretStore } from "../../../src/mesh/secret.ts";
import { SECRET } from "../../../src/mesh/secret-message.ts";
import { ANY } from "../../../src/mesh/well-known.ts";

export const SDS_SERVICE = "/envoy.service.secret.v3.SecretDiscoveryService";
/** The node of the clients. */
export const node = encode(NODE, { id: "sidecar~10.0.0.1~a.b~c" });
const directories: string[] = [];
const closing: (() => void)[] = [];

/** Closes the servers and clients of a test, and removes their sockets. */
export function closeSds(): void {
  for (const close of closing.splice(0)) close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Serves a store on a socket, for a foreign client. */
export async function serveSds(store: SecretStore): Promise<{ readonly client: Client; readonly server: GrpcServer }> {
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

type SecretMessage = Decoded<typeof SECRET>;

/** A stream of a foreign client: what it received, as texts of secrets (their names by default) and statuses. */
export function openSds(client: Client, { method = "StreamSecrets", textOf = ({ name }: SecretMessage) => name } = {}) {
  const path = method.startsWith("/") ? method : `${SDS_SERVICE}/${method}`;
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
    add(response.resources.map((resource) => textOf(decode(SECRET, decode(ANY, resource).value))).join("+"));
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
