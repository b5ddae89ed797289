import { expect, test } from "bun:test";
import type { CallHandler } from "../../../src/host/mesh/grpc.ts";
import { acceptSds } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST, NODE } from "../../../src/mesh/discovery.ts";
import { CODE } from "../../../src/mesh/grpc-status.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { SECRET_TYPE } from "../../../src/mesh/secret-message.ts";
import { fakeCall, type Sent, settled } from "../../host/mesh/fake-call.ts";
import { caPlan, outcome, storeOf } from "../../host/mesh/store-of.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { type Answer, startScriptedAuthority } from "../../mesh/lab/scripted-authority.ts";
import { eventually } from "../../support/eventually.ts";
import { transcript } from "./transcripts.ts";

const METHOD = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";
const authority = await createAuthority();
const unavailable: Answer = { kind: "status", code: CODE.UNAVAILABLE, message: "not now" };
const denied: Answer = { kind: "status", code: CODE.PERMISSION_DENIED, message: "not now" };

/** A stream: the secret that it requests, and what it gets: names of secrets, or its end. */
interface Stream {
  readonly asked: string;
  readonly got: readonly string[];
}

/** Returns the streams of SDS in a recording, by the time of their first request. */
function recordedStreams(name: string): readonly Stream[] {
  const streams = new Map<string, { asked: string; got: string[] }>();
  for (const { channel, kind, conn, stream, decoded } of transcript(name).events) {
    const id = `${conn}/${stream}`;
    const found = streams.get(id);
    if (/^(envoy|client)>agent sds$/.test(channel) && kind === "message" && found === undefined)
      streams.set(id, { asked: String(decoded?.["resource_names"]), got: [] });
    if (/^agent>(envoy|client) sds$/.test(channel) && kind === "message")
      found?.got.push(...((decoded?.["resources"] ?? []) as readonly { readonly name: string }[]).map((each) => each.name));
    if (/^agent>(envoy|client) sds$/.test(channel) && kind === "end") found?.got.push("end");
  }
  return [...streams.values()];
}

/** What the CA answers, and how many requests of the agent's own have begun before Envoy's streams: those before the last have failed. */
interface Scenario {
  readonly answers: readonly Answer[];
  readonly before: number;
}

test.concurrent.each<[name: string, scenario: Scenario]>([
  ["ca/slow", { answers: [{ kind: "hold" }], before: 1 }],
  ["whole/ca_denied_twice", { answers: [denied, denied, { kind: "sign" }], before: 2 }],
  ["whole/ca_unavailable_seven", { answers: [...Array.from({ length: 7 }, () => unavailable), { kind: "sign" }], before: 1 }],
  ["whole/ca_refused", { answers: [...Array.from({ length: 5 }, () => unavailable), { kind: "sign" }], before: 0 }],
])("streams that wait for the CA get what they got in %s", async (name, { answers, before }) => {
  const recorded = recordedStreams(name);
  expect(recorded.length).toBeGreaterThan(1);
  await using ca = await startScriptedAuthority(authority, answers);
  using made = storeOf(caPlan(ca.port));
  const accept = acceptSds({ store: made.store, log: () => {}, plan: {} });
  const open = (asked: string): readonly Sent[] => {
    const sent: Sent[] = [];
    let handler: CallHandler | undefined;
    const accepted = accept(fakeCall(METHOD, sent, () => handler));
    if ("code" in accepted) throw new Error(accepted.message);
    handler = accepted;
    const node = encode(NODE, { id: "sidecar~10.77.0.12~server.default~default.svc.cluster.local" });
    handler.message(encode(DISCOVERY_REQUEST, { node, resourceNames: [asked], typeUrl: SECRET_TYPE }));
    return sent;
  };
  for (let count = 1; count < before; count++) await outcome(made.store.get("default"));
  if (before > 0) outcome(made.store.get("default"));
  const streams: (readonly Sent[])[] = [];
  for (const { asked } of recorded) {
    // A stream that ends is followed by another one for the same secret.
    const earlier = recorded.slice(0, streams.length).findIndex((each) => each.asked === asked);
    if (earlier >= 0) await eventually(() => streams[earlier]?.some((each) => "status" in each) || undefined);
    streams.push(open(asked));
    await settled();
  }
  await eventually(() => ca.calls[0]);
  ca.release();
  const textOf = (each: Sent) => ("status" in each ? ["end"] : each.secrets.map((secret) => secret.name));
  const count = (all: readonly (readonly unknown[])[]) => all.reduce((sum, each) => sum + each.length, 0);
  await eventually(() => count(streams) >= count(recorded.map(({ got }) => got)) || undefined);
  await settled();
  expect(streams.map((sent, index) => ({ asked: recorded[index]?.asked, got: sent.flatMap(textOf) }))).toEqual(
    recorded.map((each) => ({ ...each, got: [...each.got] })),
  );
});
