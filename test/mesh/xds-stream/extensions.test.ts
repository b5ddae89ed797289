import { describe, expect, test } from "bun:test";
import type { Pieces } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { encodeStruct } from "../../../src/mesh/well-known.ts";
import { newXdsStream, stepXds } from "../../../src/mesh/xds-stream.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { servableSet } from "../../conformance/mesh/transcripts.ts";
import { any, bytes, GARBAGE, NONE, request, response, step } from "./steps.ts";

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
  const typedMessage = (type: string, value: Pieces) =>
    any(STRUCT, encode({ typeUrl: { number: 1, kind: "string" }, value: { number: 2, kind: "embedded" } }, { typeUrl: type, value }));
  const typedStruct = (type: string, names: readonly string[]) => typedMessage(type, struct(names));
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
    [
      "as a struct, with a remote module that is null",
      extension(typedMessage(HTTP, encodeStruct({ config: { vm_config: { code: { remote: null, local: {} } } } }))),
      "passes",
    ],
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

  test.each(rows)("%s: passes if none is checked", (_, resource) => {
    const unchecked = newXdsStream("delta", { ...NONE, checksExtensions: false });
    const message = response("delta", typeUrl, [resource]);
    expect(step(unchecked, { kind: "response", message }).got).toEqual(["to envoy: unchanged"]);
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
