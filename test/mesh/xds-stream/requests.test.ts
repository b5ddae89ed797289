import { describe, expect, test } from "bun:test";
import { newXdsStream, type XdsEvent } from "../../../src/mesh/xds-stream.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { BOTH, FORWARDED, GARBAGE, KINDS, NONE, request, step, subscribing } from "./steps.ts";

describe.each(KINDS)("requests of Envoy, %s", (kind) => {
  test("pass unchanged, with what they say about a response", () => {
    const stream = newXdsStream(kind, BOTH);
    const send = (fields: Parameters<typeof request>[1]) => step(stream, { kind: "request", message: request(kind, fields) }).got;
    const typeUrl = XDS_TYPE.cluster;
    expect(send({ typeUrl })).toEqual([FORWARDED]);
    expect(send({ typeUrl, responseNonce: "n1" })).toEqual([
      FORWARDED,
      JSON.stringify({ kind: "verdict", by: "envoy", typeUrl, nonce: "n1" }),
    ]);
    expect(send({ typeUrl, responseNonce: "n1", errorDetail: { message: "no good" } })).toEqual([
      FORWARDED,
      JSON.stringify({ kind: "verdict", by: "envoy", typeUrl, nonce: "n1", reason: "no good" }),
    ]);
    expect(send({})).toEqual([FORWARDED]);
  });

  test("bring the subscriptions of the agent with the first one for listeners", () => {
    const message = request(kind, { typeUrl: XDS_TYPE.listener });
    const first = step(newXdsStream(kind, BOTH), { kind: "request", message });
    expect(first.got).toEqual([FORWARDED, "to control-plane: NameTable", "to control-plane: ProxyConfig"]);
    expect(step(first.next, { kind: "request", message }).got).toEqual([FORWARDED]);
    expect(step(newXdsStream(kind, NONE), { kind: "request", message }).got).toEqual([FORWARDED]);
    expect(step(newXdsStream(kind, subscribing({ proxyConfig: true })), { kind: "request", message }).got).toEqual([
      FORWARDED,
      "to control-plane: ProxyConfig",
    ]);
  });

  test("about the workload's health are held back until listeners were requested", () => {
    const health: XdsEvent = { kind: "request", message: request(kind, { typeUrl: XDS_TYPE.health }) };
    const stream = newXdsStream(kind, NONE);
    expect(step(stream, health).got).toEqual([]);
    const { next } = step(stream, { kind: "request", message: request(kind, { typeUrl: XDS_TYPE.listener }) });
    expect(step(next, health).got).toEqual([FORWARDED]);
  });

  test("bring the last report about the workload after the subscriptions", () => {
    const message = request(kind, { typeUrl: XDS_TYPE.listener });
    const first = step(newXdsStream(kind, subscribing({ nameTable: true }), { problem: "broken" }), { kind: "request", message });
    expect(first.got).toEqual([FORWARDED, "to control-plane: NameTable", "to control-plane: HealthInformation, 13 broken"]);
    expect(step(first.next, { kind: "request", message }).got).toEqual([FORWARDED]);
  });

  test("that are no messages end the stream", () => {
    const { next, got } = step(newXdsStream(kind, BOTH), { kind: "request", message: GARBAGE });
    const message = "grpc: failed to unmarshal the received message: proto: message is truncated";
    expect(got).toEqual([JSON.stringify({ kind: "end", by: "envoy", status: { code: 13, message }, isExpected: false })]);
    expect(step(next, { kind: "request", message: GARBAGE }).got).toEqual([]);
  });
});
