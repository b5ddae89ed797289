import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { acceptSds } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST, NODE } from "../../../src/mesh/discovery.ts";
import { join as joinPieces } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { fakeCall, fakeStore, type Sent, settled } from "./fake-call.ts";
import { closeSds, node, openSds, SDS_SERVICE, serveSds } from "./sds-lab.ts";

afterEach(closeSds);

/** A node as large as Envoy's: almost the whole window of a connection. */
const large = encode(NODE, { id: "x".repeat(62_000) });

describe("the SDS socket, for a foreign client", () => {
  test("serves two streams of one connection, ACKs and changes", async () => {
    const store = fakeStore();
    const { client } = await serveSds(store);
    const [certificate, root] = [openSds(client), openSds(client)];
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

  test("answers other streams of a connection while requests as large as Envoy's wait for a certificate", async () => {
    const store = fakeStore();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gates.set("default", promise);
    const { client } = await serveSds(store);
    const waiting = [openSds(client), openSds(client)];
    for (const stream of waiting) stream.send({ node: large, resourceNames: ["default"] });
    const root = openSds(client);
    root.send({ node: large, resourceNames: ["ROOTCA"] });
    expect(await root.next(1)).toEqual(["ROOTCA"]);
    expect(waiting.map(({ got }) => got)).toEqual([[], []]);
    resolve();
    for (const stream of waiting) expect(await stream.next(1)).toEqual(["default"]);
  });

  test.each([
    ["DeltaSecrets", "12 DeltaSecrets not implemented"],
    ["FetchSecrets", "12 FetchSecrets not implemented"],
    ["NoSuchMethod", "12 unknown method NoSuchMethod for service envoy.service.secret.v3.SecretDiscoveryService"],
    ["/no.such.Service/Method", "12 unknown service no.such.Service"],
  ])("refuses %s", async (method, status) => {
    const { client } = await serveSds(fakeStore());
    expect(await openSds(client, { method }).next(1)).toEqual([status]);
  });

  test("takes a request of 4 MiB and refuses a larger one", async () => {
    const { client } = await serveSds(fakeStore());
    const limit = 4 * 1024 * 1024;
    const message = (size: number) => {
      const request = { node, resourceNames: ["default"], versionInfo: "" };
      const empty = joinPieces(encode(DISCOVERY_REQUEST, request)).length;
      // The tag and the length of the version take five bytes.
      return Buffer.from(joinPieces(encode(DISCOVERY_REQUEST, { ...request, versionInfo: "v".repeat(size - empty - 5) })));
    };
    const [fits, over] = [openSds(client), openSds(client)];
    fits.call.write(message(limit));
    expect(await fits.next(1)).toEqual(["default"]);
    over.call.write(message(limit + 1));
    expect(await over.next(1)).toEqual(["8 grpc: received message larger than max (4194305 vs. 4194304)"]);
  });

  test("ends a stream whose message is not a protobuf message, alone", async () => {
    const { client } = await serveSds(fakeStore());
    const [other, stream] = [openSds(client), openSds(client)];
    stream.call.write(Buffer.from("ffffff", "hex"));
    expect(await stream.next(1)).toEqual(["13 grpc: failed to unmarshal the received message: proto: message is truncated"]);
    other.send({ resourceNames: ["default"] });
    expect(await other.next(1)).toEqual(["default"]);
  });

  test("closes the connection without a status when the agent stops", async () => {
    const { client, server } = await serveSds(fakeStore());
    const stream = openSds(client);
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
      const accepted = accept(fakeCall(`${SDS_SERVICE}/StreamSecrets`, sent, () => undefined));
      if ("code" in accepted) throw new Error("the stream was refused");
      await accepted.message([message]);
      for (const each of sent) if ("status" in each) expect([2, 3, 13]).toContain(each.status.code);
      accepted.ended({ code: 1, message: "" });
    },
  );
  await fc.assert(property, { seed: 20_261_129, numRuns: 10_000 });
  await settled();
});
