import { describe, expect, test } from "bun:test";
import { isSubscribed, NEW_STREAM, receive, type SdsRequest, type SdsStream, sent } from "../../src/mesh/sds-stream.ts";
import { SECRET_TYPE } from "../../src/mesh/secret-message.ts";

const CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const HEALTH = "type.googleapis.com/istio.v1.HealthInformation";

function request(names: readonly string[], more: Partial<SdsRequest> = {}): SdsRequest {
  return { node: "", typeUrl: SECRET_TYPE, resourceNames: names, responseNonce: "", ...more };
}

const node = "sidecar~10.0.0.1~a.b~c";
const errorDetail = { code: 13, message: "no good" };
/** A stream on which `default` was requested and sent. */
const served: SdsStream = { isOpened: true, names: new Set(["default"]), nonce: "n2" };

describe("the first request of a stream", () => {
  const invalid = (message: string) => ({ kind: "end", status: { code: 3, message } });
  const rows: readonly (readonly [string, SdsRequest, unknown])[] = [
    ["without a node id", request(["default"]), invalid("missing node information")],
    ["that is empty", request([], { typeUrl: "" }), invalid("missing node information")],
    ["with error_detail", request(["default"], { node, errorDetail }), invalid("error_detail in the first request of a stream")],
    ["with error_detail, without a node", request(["default"], { errorDetail }), invalid("missing node information")],
    ["with names", request(["default", "ROOTCA"], { node }), { kind: "reply", names: ["default", "ROOTCA"] }],
    ["with a name twice", request(["default", "default"], { node }), { kind: "reply", names: ["default", "default"] }],
    ["with a nonce of an earlier stream", request(["default"], { node, responseNonce: "old" }), { kind: "reply", names: ["default"] }],
    ["of another type", request(["default"], { node, typeUrl: CLUSTER }), { kind: "reply", names: ["default"] }],
    ["without names", request([], { node }), { kind: "none" }],
    ["without names, of a type that has a wildcard", request([], { node, typeUrl: CLUSTER }), { kind: "reply", names: [] }],
    ["about the workload's health", request([], { typeUrl: HEALTH }), { kind: "none" }],
  ];
  test.each(rows)("%s", (_, first, expected) => expect<unknown>(receive(NEW_STREAM, first)[1]).toEqual(expected));

  test("after one about the workload's health still has to name the node", () => {
    const [stream] = receive(NEW_STREAM, request([], { typeUrl: HEALTH }));
    expect(receive(stream, request(["default"]))[1].kind).toBe("end");
    expect(receive(stream, request(["default"], { node }))[1].kind).toBe("reply");
  });
});

describe("a later request", () => {
  const nonce = { responseNonce: "n2" };
  const rows: readonly (readonly [string, SdsRequest, unknown, readonly string[] | undefined])[] = [
    ["ACK", request(["default"], nonce), { kind: "none" }, ["default"]],
    ["NACK", request(["default", "x"], { ...nonce, errorDetail }), { kind: "rejected", error: errorDetail }, ["default"]],
    ["names added", request(["default", "ROOTCA"], nonce), { kind: "reply", names: ["ROOTCA"] }, ["default", "ROOTCA"]],
    ["a name added twice", request(["x", "default", "x"], nonce), { kind: "reply", names: ["x"] }, ["x", "default"]],
    ["names replaced", request(["ROOTCA"], nonce), { kind: "reply", names: ["ROOTCA"] }, ["ROOTCA"]],
    ["another nonce", request(["default", "x"], { responseNonce: "n1" }), { kind: "none" }, ["default"]],
    ["no nonce", request(["default"]), { kind: "reply", names: ["default"] }, ["default"]],
    ["no names", request([], nonce), { kind: "none" }, undefined],
    ["no names with another nonce", request([], { responseNonce: "n1" }), { kind: "none" }, undefined],
    ["another type", request(["default"], { ...nonce, typeUrl: CLUSTER }), { kind: "none" }, ["default"]],
    ["no names, a wildcard type", request([], { ...nonce, typeUrl: "" }), { kind: "reply", names: [] }, []],
  ];
  test.each(rows)("%s", (_, next, reaction, names) => {
    const [stream, got] = receive(served, next);
    expect<unknown>(got).toEqual(reaction);
    expect<unknown>(stream.names && [...stream.names]).toEqual(names);
    expect(stream.nonce).toBe("n2");
  });

  test("with names removed only is remembered", () => {
    const both = { ...served, names: new Set(["default", "ROOTCA"]) };
    const [stream, reaction] = receive(both, request(["default"], nonce));
    expect(reaction.kind).toBe("none");
    expect([isSubscribed(stream, "default"), isSubscribed(stream, "ROOTCA")]).toEqual([true, false]);
    expect(receive(both, request(["default"], { ...nonce, typeUrl: CLUSTER }))[1]).toEqual({ kind: "reply", names: ["default"] });
  });

  test("after an unsubscription is answered, whatever its nonce", () => {
    const [stream] = receive(served, request([], nonce));
    expect(isSubscribed(stream, "default")).toBe(false);
    expect(receive(stream, request(["default"], { responseNonce: "n1" }))[1]).toEqual({ kind: "reply", names: ["default"] });
  });

  test("has up to 1,000 names", () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);
    expect(receive(served, request(names(1_000)))[1].kind).toBe("reply");
    const message = "a request must not have more than 1000 names: it has 1001";
    expect<unknown>(receive(served, request(names(1_001)))[1]).toEqual({ kind: "end", status: { code: 8, message } });
  });

  test("needs the nonce of the last response", () => {
    const stream = sent(served, "n3");
    expect(receive(stream, request(["default", "x"], nonce))[1].kind).toBe("none");
    expect(receive(stream, request(["default", "x"], { responseNonce: "n3" }))[1].kind).toBe("reply");
  });
});
