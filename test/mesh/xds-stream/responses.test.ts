import { describe, expect, test } from "bun:test";
import { join, type Pieces } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { newXdsStream, stepXds } from "../../../src/mesh/xds-stream.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { any, BOTH, bytes, GARBAGE, KINDS, NONE, response, step } from "./steps.ts";

const TYPES: readonly (readonly [type: string, passes: boolean])[] = [
  [XDS_TYPE.cluster, true],
  ["type.googleapis.com/envoy.no.such.Type", true],
  ["type.googleapis.com/istio.workload.Workload", true],
  ["type.googleapis.com/istio.workload.Address", false],
  ["type.googleapis.com/no.such.Type", false],
  ["envoy.config.cluster.v3.Cluster", false],
  ["", false],
  [XDS_TYPE.nameTable, false],
  [XDS_TYPE.proxyConfig, false],
];

describe.each(KINDS)("responses of the control plane, %s", (kind) => {
  const respond = (typeUrl: string, resources: readonly (Pieces | undefined)[], rules = BOTH) =>
    step(newXdsStream(kind, rules), { kind: "response", message: response(kind, typeUrl, resources) }).got;

  test.each(TYPES)("of type %p: passed on: %p", (typeUrl, passes) => {
    const expected = passes ? "to envoy: unchanged" : JSON.stringify({ kind: "dropped", typeUrl });
    expect(respond(typeUrl, [any(typeUrl)], NONE)).toEqual([expected]);
  });

  test("pass without content", () => {
    expect(respond(XDS_TYPE.cluster, [undefined])).toEqual(["to envoy: unchanged"]);
    expect(respond(XDS_TYPE.extensionConfig, [])).toEqual(["to envoy: unchanged"]);
  });

  test("that are no messages end the stream", () => {
    const message = "grpc: failed to unmarshal the received message: proto: message is truncated";
    expect(step(newXdsStream(kind, BOTH), { kind: "response", message: GARBAGE }).got).toEqual([
      JSON.stringify({ kind: "end", by: "control-plane", status: { code: 13, message }, isExpected: false }),
    ]);
  });

  const version = kind === "sotw" ? "v9, " : "";
  const verdict = (typeUrl: string, reason?: string) =>
    JSON.stringify({ kind: "verdict", by: "agent", typeUrl, nonce: "n9", ...(reason === undefined ? {} : { reason }) });
  const rejected = (typeUrl: string, reason: string) => [
    `to control-plane: ${typeUrl.slice(typeUrl.lastIndexOf(".") + 1)}, ${version}n9, 13 ${reason}`,
    verdict(typeUrl, reason),
  ];

  test("for the agent are used by their first resource", () => {
    const { nameTable, proxyConfig } = XDS_TYPE;
    const accepted = [JSON.stringify({ kind: "name-table" }), `to control-plane: NameTable, ${version}n9`, verdict(nameTable)];
    expect(respond(nameTable, [any(nameTable)])).toEqual(accepted);
    expect(respond(nameTable, [any(nameTable), any(nameTable, GARBAGE)])).toEqual(accepted);
    expect(respond(nameTable, [])).toEqual([]);
    const pem = encode({ pem: { number: 34, kind: "string", repeated: true } }, { pem: ["one", "two"] });
    expect(respond(proxyConfig, [any(proxyConfig, pem)])).toEqual([
      JSON.stringify({ kind: "trust-bundle", roots: ["one", "two"] }),
      `to control-plane: ProxyConfig, ${version}n9`,
      verdict(proxyConfig),
    ]);
  });

  test.each([XDS_TYPE.nameTable, XDS_TYPE.proxyConfig])("for the agent are rejected if they are no %s", (typeUrl) => {
    const name = typeUrl.slice(typeUrl.indexOf("/") + 1);
    const mismatch = (other: string) => `proto: mismatched message type: got "${name}", want "${other}"`;
    const hollow = kind === "sotw" ? mismatch("") : "proto: invalid nil source message";
    expect(respond(typeUrl, [undefined])).toEqual(rejected(typeUrl, hollow));
    expect(respond(typeUrl, [any(typeUrl, GARBAGE)])).toEqual(rejected(typeUrl, "proto: cannot parse invalid wire-format data"));
    expect(respond(typeUrl, [any(XDS_TYPE.cluster)])).toEqual(rejected(typeUrl, mismatch("envoy.config.cluster.v3.Cluster")));
  });
});

test("a response in pieces of one byte passes as it came", () => {
  const whole = join(response("sotw", XDS_TYPE.cluster, [any(XDS_TYPE.cluster, bytes("x".repeat(300)))]));
  const pieces = Array.from(whole, (byte) => Uint8Array.of(byte));
  const [, [command]] = stepXds(newXdsStream("sotw", BOTH), { kind: "response", message: pieces });
  expect(command).toEqual({ kind: "send", to: "envoy", message: pieces });
  expect(command?.kind === "send" && command.message).toBe(pieces);
});
