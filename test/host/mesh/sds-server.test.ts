import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallHandler, Message } from "../../../src/host/mesh/grpc.ts";
import { acceptSds } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../../src/mesh/discovery.ts";
import { join as joinPieces } from "../../../src/mesh/pieces.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { type FakeStore, fakeCall, fakeStore, type Sent, settled } from "./fake-call.ts";

const METHOD = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";
const node = encode(NODE, { id: "sidecar~10.0.0.1~a.b~c" });

function open(store: FakeStore, logged: string[] = []) {
  const sent: Sent[] = [];
  let handler: CallHandler | undefined;
  const accepted = acceptSds({ store, log: (level, text) => logged.push(`${level} ${text}`), plan: {} })(
    fakeCall(METHOD, sent, () => handler),
  );
  if ("code" in accepted) throw new Error("the stream was refused");
  handler = accepted;
  const request = async (fields: Parameters<typeof encode<typeof DISCOVERY_REQUEST>>[1]) => {
    accepted.message(encode(DISCOVERY_REQUEST, { node, ...fields }));
    await settled();
  };
  const names = () => sent.map((each) => ("secrets" in each ? each.secrets.map(({ name }) => name).join("+") : each.status));
  const lastNonce = () => sent.flatMap((each) => ("secrets" in each ? [each.nonce] : [])).at(-1) ?? "";
  return { sent, handler: accepted, request, names, lastNonce };
}

describe("the SDS server", () => {
  test("gives every response a version and a nonce of its own", async () => {
    const store = fakeStore();
    const accept = acceptSds({ store, log: () => {}, plan: {} });
    const sent: Sent[] = [];
    for (let stream = 0; stream < 2; stream++) {
      const accepted = accept(fakeCall(METHOD, sent, () => undefined));
      if (!("code" in accepted)) accepted.message(encode(DISCOVERY_REQUEST, { node, resourceNames: ["default"] }));
      await settled();
    }
    const responses = sent.flatMap((each) => ("secrets" in each ? [each] : []));
    expect(responses.map(({ version }) => version.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)/, ""))).toEqual(["/1", "/2"]);
    const nonces = responses.map(({ nonce }) => nonce);
    expect(new Set(nonces).size).toBe(2);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("does no work on streams of other names when thousands change, as Envoy requests each on a stream of its own", async () => {
    const store = fakeStore();
    const names = Array.from({ length: 2_000 }, (_, index) => `file-root:/${index}`);
    const streams = names.map((name) => {
      const stream = open(store);
      stream.request({ resourceNames: [name] });
      return stream;
    });
    await settled();
    const start = performance.now();
    for (const name of names) {
      store.change(name);
      await settled();
    }
    // Each of the streams would take a microtask for each name.
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(streams.map((stream) => stream.names().join())).toEqual(names.map((name) => `${name},${name}`));
  });

  test("holds a response while a certificate is being made, and what comes behind it", async () => {
    const store = fakeStore();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gates.set("default", promise);
    const stream = open(store);
    stream.request({ resourceNames: ["default"] });
    store.change("default");
    store.change("default");
    store.change("ROOTCA");
    await settled();
    expect(stream.sent).toEqual([]);
    resolve();
    await settled();
    expect(stream.names()).toEqual(["default", "default"]);
  });

  test("lets a client wait that has sent many requests for a secret which is being made", async () => {
    const store = fakeStore();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gates.set("default", promise);
    const { handler, names } = open(store);
    const message = encode(DISCOVERY_REQUEST, { node, resourceNames: ["default"] });
    const waits = Array.from({ length: 18 }, () => handler.message(message));
    expect(waits.map((wait) => wait !== undefined)).toEqual([...Array<boolean>(16).fill(false), true, true]);
    expect(names()).toEqual([]);
    resolve();
    await Promise.all(waits);
    expect(names()).toEqual(Array<string>(18).fill("default"));
  });

  test("lets a client wait that has sent large requests for a secret which is being made; the node of a request is not kept", async () => {
    const store = fakeStore();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gates.set("default", promise);
    const { handler, names } = open(store);
    const cluster = { number: 2, kind: "string" } as const;
    const large = encode({ ...NODE, cluster }, { id: "node", cluster: "c".repeat(1_000_000) });
    const request = (versionInfo: string) =>
      handler.message(encode(DISCOVERY_REQUEST, { node: large, resourceNames: ["default"], versionInfo }));
    const waits = ["", "v".repeat(60_000), "", "v".repeat(60_000), ""].map(request);
    expect(waits.map((wait) => wait !== undefined)).toEqual([false, false, false, true, true]);
    resolve();
    await Promise.all(waits);
    expect(names()).toEqual(Array<string>(5).fill("default"));
    expect(request("v".repeat(60_000))).toBeUndefined();
  });

  test("sends a changed secret alone to the streams that subscribed to it", async () => {
    const store = fakeStore();
    const [both, root] = [open(store), open(store)];
    await both.request({ resourceNames: ["default", "ROOTCA"] });
    await root.request({ resourceNames: ["ROOTCA"] });
    store.change("default");
    await settled();
    expect([both.names(), root.names()]).toEqual([["default+ROOTCA", "default"], ["ROOTCA"]]);
  });

  test("ends the stream when a secret cannot be made, for a request and for a change", async () => {
    const store = fakeStore();
    const stream = open(store);
    await stream.request({ resourceNames: ["default"] });
    store.failures.set("default", "no CA");
    store.change("default");
    await settled();
    const failed = { code: 2, message: "failed to generate secret for default: no CA" };
    expect(stream.names()).toEqual(["default", failed]);
    expect(store.listeners.size).toBe(0);
    const second = open(store);
    await second.request({ resourceNames: ["ROOTCA", "default"] });
    expect(second.names()).toEqual([failed]);
  });

  test("sends nothing on a stream that was cancelled while it waited", async () => {
    const store = fakeStore();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gates.set("default", promise);
    const stream = open(store);
    stream.request({ resourceNames: ["default"] });
    await settled();
    stream.handler.ended({ code: 1, message: "" });
    resolve();
    await settled();
    expect([stream.sent.length, store.listeners.size]).toEqual([0, 0]);
  });

  test("reports a rejection once", async () => {
    const logged: string[] = [];
    const store = fakeStore();
    for (const reason of ["bad key", "bad key", "bad chain"]) {
      const stream = open(store, logged);
      await stream.request({ resourceNames: ["default"] });
      const errorDetail = { code: 13, message: reason };
      for (let time = 0; time < 2; time++)
        await stream.request({ resourceNames: ["default"], responseNonce: stream.lastNonce(), errorDetail });
      expect(stream.names()).toEqual(["default"]);
    }
    // Each of these streams has a server of its own.
    expect(logged).toEqual(["bad key", "bad key", "bad chain"].map((reason) => `warn Envoy rejected the secret "default": ${reason}`));
  });

  test("refers to the revocation list while it exists", async () => {
    const directory = mkdtempSync(join(tmpdir(), "attache-crl-"));
    const crl = join(directory, "ca-crl.pem");
    const messages: Message[] = [];
    const call = fakeCall(METHOD, [], () => undefined);
    const accept = acceptSds({ store: fakeStore(), log: () => {}, plan: { crl } });
    const accepted = accept({ ...call, send: async (message) => void messages.push(message) });
    if ("code" in accepted) throw new Error("the stream was refused");
    const request = encode(DISCOVERY_REQUEST, { node, resourceNames: ["ROOTCA"] });
    const answered = () => {
      accepted.message(request);
      return settled();
    };
    await answered();
    writeFileSync(crl, "");
    await answered();
    rmSync(directory, { recursive: true });
    await answered();
    const refers = messages.map((message) => {
      const [resource = []] = decode(DISCOVERY_RESPONSE, message).resources;
      return Buffer.from(joinPieces(resource)).includes(crl);
    });
    expect(refers).toEqual([false, true, false]);
  });
});
