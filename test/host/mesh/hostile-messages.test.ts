import { expect, test } from "bun:test";
import fc from "fast-check";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE } from "../../../src/mesh/discovery.ts";
import { join } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { ANY } from "../../../src/mesh/well-known.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { settled } from "./fake-call.ts";
import { openProxy, openStream } from "./open-proxy.ts";

/** A message with some bytes changed and some cut off. */
const mutations = (start: Uint8Array) =>
  fc.tuple(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat()).map(([changes, cut]) => {
    const message = Uint8Array.from(start.subarray(0, start.length - (cut % 8)));
    for (const [place, byte] of changes) message[place % message.length] = byte;
    return message;
  });

/** The statuses that mutated messages may end a stream with. */
const END = /^13 grpc: failed to unmarshal the received message: proto: /;

test("10,000 mutated requests pass or end their stream", async () => {
  const { proxy, plane } = openProxy();
  const start = join(
    encode(DISCOVERY_REQUEST, {
      typeUrl: XDS_TYPE.listener,
      resourceNames: ["one"],
      versionInfo: "v",
      responseNonce: "n",
      errorDetail: { code: 13, message: "no good" },
    }),
  );
  const property = fc.asyncProperty(mutations(start), async (message) => {
    const { handler, sent } = openStream(proxy, 1);
    await handler.message([message]);
    for (const each of sent) expect(each).toMatch(END);
    handler.ended({ code: 1, message: "" });
  });
  await fc.assert(property, { seed: 20_261_129, numRuns: 10_000 });
  await settled();
  expect(plane.closed).toBe(10_000);
});

test.each([XDS_TYPE.extensionConfig, XDS_TYPE.nameTable, XDS_TYPE.proxyConfig])(
  "4,000 mutated responses of %s pass, are rejected, or end their stream",
  async (typeUrl) => {
    const { proxy, plane, logged } = openProxy();
    const value = encode(
      { name: { number: 1, kind: "string" }, config: { number: 2, kind: "embedded" } },
      { name: "f", config: encode(ANY, { typeUrl: "x" }) },
    );
    const start = join(encode(DISCOVERY_RESPONSE, { typeUrl, nonce: "n", versionInfo: "v", resources: [encode(ANY, { typeUrl, value })] }));
    const property = fc.asyncProperty(mutations(start), async (message) => {
      const { handler, sent } = openStream(proxy, 1);
      await settled();
      await plane.handlers.pop()?.message([message]);
      for (const each of sent) if (typeof each === "string") expect(each).toMatch(END);
      handler.ended({ code: 1, message: "" });
    });
    await fc.assert(property, { seed: 20_261_129, numRuns: 4_000 });
    expect(logged.length).toBeLessThan(1_000);
  },
);
