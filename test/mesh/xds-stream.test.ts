import { describe, expect, test } from "bun:test";
import {
  DELTA_DISCOVERY_REQUEST,
  DELTA_DISCOVERY_RESPONSE,
  DISCOVERY_REQUEST,
  DISCOVERY_RESPONSE,
  RESOURCE,
} from "../../src/mesh/discovery.ts";
import { join, type Pieces } from "../../src/mesh/protobuf.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { ANY } from "../../src/mesh/well-known.ts";
import type { XdsKind } from "../../src/mesh/xds-messages.ts";
import { newXdsStream, stepXds, type XdsCommand, type XdsEvent, type XdsStream } from "../../src/mesh/xds-stream.ts";
import { XDS_TYPE } from "../../src/mesh/xds-types.ts";
import { servableSet } from "../conformance/mesh/transcripts.ts";

const KINDS: readonly XdsKind[] = ["sotw", "delta"];
const BOTH = { nameTable: true, proxyConfig: true };
const NONE = { nameTable: false, proxyConfig: false };
const GARBAGE = [Uint8Array.of(0xff, 0xff)];
const bytes = (text: string) => [new TextEncoder().encode(text)];

function request(
  kind: XdsKind,
  fields: { typeUrl?: string; responseNonce?: string; versionInfo?: string; errorDetail?: { message: string } },
) {
  const { versionInfo, ...shared } = fields;
  return kind === "sotw"
    ? encode(DISCOVERY_REQUEST, { ...shared, ...(versionInfo === undefined ? {} : { versionInfo }), resourceNames: ["x"] })
    : encode(DELTA_DISCOVERY_REQUEST, { ...shared, resourceNamesSubscribe: ["x"] });
}

function any(typeUrl: string, value: Pieces = []): Pieces {
  return encode(ANY, { typeUrl, value });
}

/** A response; a resource of undefined is one without content. */
function response(kind: XdsKind, typeUrl: string, resources: readonly (Pieces | undefined)[]): Pieces {
  if (kind === "sotw")
    return encode(DISCOVERY_RESPONSE, { versionInfo: "v9", resources: resources.map((each) => each ?? []), typeUrl, nonce: "n9" });
  const wrapped = resources.map((resource) => encode(RESOURCE, { name: "r", ...(resource && { resource }) }));
  return encode(DELTA_DISCOVERY_RESPONSE, { resources: wrapped, typeUrl, nonce: "n9" });
}

/** Commands as short texts; messages of the agent are decoded. */
function texts(kind: XdsKind, commands: readonly XdsCommand[], own?: Pieces): readonly string[] {
  return commands.map((command) => {
    if (command.kind !== "send") return JSON.stringify(command);
    if (command.message === own) return `to ${command.to}: unchanged`;
    const { typeUrl, responseNonce, errorDetail } = decode(kind === "sotw" ? DISCOVERY_REQUEST : DELTA_DISCOVERY_REQUEST, command.message);
    const versionInfo = kind === "sotw" ? decode(DISCOVERY_REQUEST, command.message).versionInfo : "";
    const type = typeUrl.slice(typeUrl.lastIndexOf(".") + 1);
    const parts = [versionInfo, responseNonce, errorDetail && `${errorDetail.code} ${errorDetail.message}`].filter(Boolean);
    return `to ${command.to}: ${[type, ...parts].join(", ")}`;
  });
}

function step(stream: XdsStream, event: XdsEvent): { readonly next: XdsStream; readonly got: readonly string[] } {
  const [next, commands] = stepXds(stream, event);
  return { next, got: texts(stream.kind, commands, "message" in event ? event.message : undefined) };
}

const FORWARDED = "to control-plane: unchanged";

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
    expect(step(newXdsStream(kind, { ...NONE, proxyConfig: true }), { kind: "request", message }).got).toEqual([
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
    const first = step(newXdsStream(kind, { ...NONE, nameTable: true }, { problem: "broken" }), { kind: "request", message });
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

describe.each(KINDS)("reports about the workload, %s", (kind) => {
  const listeners: XdsEvent = { kind: "request", message: request(kind, { typeUrl: XDS_TYPE.listener }) };
  const report = (problem?: string): XdsEvent => ({ kind: "health", report: problem === undefined ? {} : { problem } });

  test("are sent at once when listeners were requested", () => {
    let { next } = step(newXdsStream(kind, NONE), listeners);
    for (const [problem, expected] of [
      ["broken", "HealthInformation, 13 broken"],
      ["", "HealthInformation, 13 "],
      [undefined, "HealthInformation"],
    ] as const) {
      const sent = step(next, report(problem));
      expect(sent.got).toEqual([`to control-plane: ${expected}`]);
      next = sent.next;
    }
    expect(step(next, listeners).got).toEqual([FORWARDED]);
  });

  test("wait until then, and only the last one is sent", () => {
    const first = step(newXdsStream(kind, NONE), report("broken"));
    const second = step(first.next, report());
    expect([...first.got, ...second.got]).toEqual([]);
    expect(step(second.next, listeners).got).toEqual([FORWARDED, "to control-plane: HealthInformation"]);
  });

  test("have a type, no node and no names", () => {
    const [, [command]] = stepXds(step(newXdsStream(kind, NONE), listeners).next, report());
    const message = command?.kind === "send" ? join(command.message) : undefined;
    const tag = kind === "sotw" ? 0x22 : 0x12;
    expect(message).toEqual(Uint8Array.from([tag, XDS_TYPE.health.length, ...new TextEncoder().encode(XDS_TYPE.health)]));
  });

  test("end with the stream", () => {
    const { next } = step(step(newXdsStream(kind, NONE), listeners).next, { kind: "closed" });
    expect(step(next, report("broken")).got).toEqual([]);
  });
});

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
  const respond = (typeUrl: string, resources: readonly (Pieces | undefined)[], subscribes = BOTH) =>
    step(newXdsStream(kind, subscribes), { kind: "response", message: response(kind, typeUrl, resources) }).got;

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

describe("extension configurations", () => {
  const typeUrl = XDS_TYPE.extensionConfig;
  const HTTP = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
  const NETWORK = "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm";
  const STRUCT = "type.googleapis.com/udpa.type.v1.TypedStruct";
  const nested = (numbers: readonly number[], inner: Pieces): Pieces =>
    numbers.toReversed().reduce((value, number) => encode({ it: { number, kind: "embedded" } }, { it: value }), inner);
  /** config, vm_config, code, and in it `local` (1) or `remote` (2). */
  const wasm = (source?: 1 | 2) => nested(source === undefined ? [1, 3] : [1, 3, 3, source], []);
  const extension = (typedConfig?: Pieces) =>
    any(typeUrl, [...nested([], bytes("\n\u0001f")), ...(typedConfig === undefined ? [] : nested([2], typedConfig))]);
  /** google.protobuf.Struct with one member inside another. */
  const struct = (names: readonly string[]): Pieces =>
    names.toReversed().reduce<Pieces>((inner, name) => {
      const value = nested([5], inner);
      return nested([1], encode({ key: { number: 1, kind: "string" }, value: { number: 2, kind: "embedded" } }, { key: name, value }));
    }, []);
  const typedStruct = (type: string, names: readonly string[]) =>
    any(
      STRUCT,
      encode({ typeUrl: { number: 1, kind: "string" }, value: { number: 2, kind: "embedded" } }, { typeUrl: type, value: struct(names) }),
    );
  const problem = (resource: Pieces | undefined) => {
    const [, commands] = stepXds(newXdsStream("delta", NONE), { kind: "response", message: response("delta", typeUrl, [resource]) });
    return commands.flatMap((each) =>
      each.kind === "verdict" ? (each.reason ?? "accepted") : each.kind === "send" && each.to === "envoy" ? "passes" : [],
    );
  };
  const remote = (kind: string) => `the module of Wasm ${kind} filter "f" has to be loaded by the agent, and attache does not load modules`;
  const sourceless = (kind: string) => `no remote and local load found in Wasm ${kind} filter "f"`;

  const rows: readonly (readonly [string, Pieces | undefined, string])[] = [
    ["of another filter", extension(any("type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", bytes("x"))), "passes"],
    ["with an empty typed_config", extension([]), "passes"],
    ["without typed_config", extension(), 'typed extension config name:"f" does not contain any typed config'],
    ["without content", undefined, "failed to unmarshal extension config resource: proto: invalid nil source message"],
    [
      "that is no message",
      any(typeUrl, GARBAGE),
      "failed to unmarshal extension config resource: proto: cannot parse invalid wire-format data",
    ],
    ["with a local module", extension(any(HTTP, wasm(1))), "passes"],
    ["with a local module, for the network", extension(any(NETWORK, wasm(1))), "passes"],
    ["with a remote module", extension(any(HTTP, wasm(2))), remote("HTTP")],
    ["with a remote module, for the network", extension(any(NETWORK, wasm(2))), remote("Network")],
    ["without a module", extension(any(HTTP, wasm())), sourceless("HTTP")],
    ["without a configuration", extension(any(NETWORK)), sourceless("Network")],
    [
      "that is no Wasm filter",
      extension(any(HTTP, GARBAGE)),
      "failed to unmarshal typed config for wasm filter: proto: message is truncated",
    ],
    ["as a struct, with a remote module", extension(typedStruct(HTTP, ["config", "vm_config", "code", "remote"])), remote("HTTP")],
    ["as a struct in camel case", extension(typedStruct(NETWORK, ["config", "vmConfig", "code", "remote"])), remote("Network")],
    ["as a struct, with a local module", extension(typedStruct(HTTP, ["config", "vmConfig", "code", "local"])), "passes"],
    ["as a struct without a module", extension(typedStruct(HTTP, ["config"])), sourceless("HTTP")],
    ["as a struct of another filter", extension(typedStruct("type.googleapis.com/other", ["config"])), "passes"],
  ];
  test.each(rows)("%s", (_, resource, expected) => expect(problem(resource)).toEqual([expected]));

  test.each([
    ["gateway_ecds", /^the module of Wasm HTTP filter ".*trafficextension\/default.wasm" has to be loaded by the agent/],
    ["gateway_ecds_rewritten", /^passes$/],
  ])("recorded in %s", (set, expected) => {
    const recorded = servableSet(set).find(({ type }) => type === typeUrl);
    expect(problem(recorded && [recorded.any])).toEqual([expect.stringMatching(expected)]);
  });

  test("are rejected with the version that Envoy has accepted", () => {
    const stream = newXdsStream("sotw", NONE);
    const bad = response("sotw", typeUrl, [extension()]);
    const reason = 'typed extension config name:"f" does not contain any typed config';
    expect(step(stream, { kind: "response", message: bad }).got[0]).toBe(`to control-plane: TypedExtensionConfig, n9, 13 ${reason}`);
    const { next } = step(stream, { kind: "request", message: request("sotw", { typeUrl, versionInfo: "v1", responseNonce: "n1" }) });
    expect(step(next, { kind: "response", message: bad }).got[0]).toBe(`to control-plane: TypedExtensionConfig, v1, n9, 13 ${reason}`);
  });
});

describe("the end of a stream", () => {
  const rows: readonly (readonly [code: number, message: string, isExpected: boolean])[] = [
    [0, "", true],
    [1, "context canceled", true],
    [4, "", true],
    [14, "error reading from server: EOF", true],
    [14, "error reading from server: EOF, received prior goaway: code: NO_ERROR", true],
    [14, "connection refused", false],
    [14, "received prior goaway: code: NO_ERROR, debug data", true],
    [13, "stream terminated by RST_STREAM with error code: NO_ERROR", true],
    [13, "error reading from server: EOF", false],
    [16, "who are you", false],
    [8, "grpc: received message larger than max (2 vs. 1)", false],
  ];
  test.each(rows)("with code %d, %p: expected: %p", (code, message, isExpected) => {
    const status = { code, message };
    for (const by of ["envoy", "control-plane"] as const) {
      const { next, got } = step(newXdsStream("delta", BOTH), { kind: "ended", by, status });
      expect(got).toEqual([JSON.stringify({ kind: "end", by, status, isExpected })]);
      expect(step(next, { kind: "closed" }).got).toEqual([]);
    }
  });

  test("by a later one is OK, and counts for nobody", () => {
    const { next, got } = step(newXdsStream("sotw", BOTH), { kind: "closed" });
    expect(got).toEqual([JSON.stringify({ kind: "end", status: { code: 0, message: "" }, isExpected: true })]);
    expect(step(next, { kind: "response", message: [] }).got).toEqual([]);
  });
});

test("a response in pieces of one byte passes as it came", () => {
  const whole = join(response("sotw", XDS_TYPE.cluster, [any(XDS_TYPE.cluster, bytes("x".repeat(300)))]));
  const pieces = Array.from(whole, (byte) => Uint8Array.of(byte));
  const [, [command]] = stepXds(newXdsStream("sotw", BOTH), { kind: "response", message: pieces });
  expect(command).toEqual({ kind: "send", to: "envoy", message: pieces });
  expect(command?.kind === "send" && command.message).toBe(pieces);
});
