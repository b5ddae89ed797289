import {
  DELTA_DISCOVERY_REQUEST,
  DELTA_DISCOVERY_RESPONSE,
  DISCOVERY_REQUEST,
  DISCOVERY_RESPONSE,
  RESOURCE,
} from "../../../src/mesh/discovery.ts";
import { checkNameTable } from "../../../src/mesh/own-resources.ts";
import type { Pieces } from "../../../src/mesh/pieces.ts";
import { protoText } from "../../../src/mesh/protobuf.ts";
import { decode } from "../../../src/mesh/protobuf-reader.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { ANY } from "../../../src/mesh/well-known.ts";
import type { XdsKind } from "../../../src/mesh/xds-messages.ts";
import { stepXds, type XdsCommand, type XdsEvent, type XdsRules, type XdsStream } from "../../../src/mesh/xds-stream.ts";

/** Both kinds of streams. */
export const KINDS: readonly XdsKind[] = ["sotw", "delta"];
/** The rules of an agent that subscribes to resources itself. */
export const subscribing = (to: Partial<XdsRules["subscribes"]>): XdsRules => ({
  subscribes: { nameTable: false, proxyConfig: false, ...to },
  checksExtensions: true,
});
export const BOTH = subscribing({ nameTable: true, proxyConfig: true });
export const NONE = subscribing({});
/** Bytes that are no message. */
export const GARBAGE = [Uint8Array.of(0xff, 0xff)];
/** Returns text as bytes in pieces. */
export const bytes = (text: string) => [new TextEncoder().encode(text)];

/** Returns a request of Envoy. */
export function request(
  kind: XdsKind,
  fields: { typeUrl?: string; responseNonce?: string; versionInfo?: string; errorDetail?: { message: string } },
) {
  const { versionInfo, ...shared } = fields;
  return kind === "sotw"
    ? encode(DISCOVERY_REQUEST, { ...shared, ...(versionInfo === undefined ? {} : { versionInfo }), resourceNames: ["x"] })
    : encode(DELTA_DISCOVERY_REQUEST, { ...shared, resourceNamesSubscribe: ["x"] });
}

/** Returns a message in a google.protobuf.Any. */
export function any(typeUrl: string, value: Pieces = []): Pieces {
  return encode(ANY, { typeUrl, value });
}

/** Returns a response; a resource of undefined is one without content. */
export function response(kind: XdsKind, typeUrl: string, resources: readonly (Pieces | undefined)[]): Pieces {
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

/** Steps a stream, and checks what it wants to be checked. Returns the next one, and its commands as short texts. */
export function step(stream: XdsStream, event: XdsEvent): { readonly next: XdsStream; readonly got: readonly string[] } {
  const [next, commands] = stepXds(stream, event);
  const [first] = commands;
  if (first?.kind === "check-name-table") return step(next, checkedTable(first));
  return { next, got: texts(stream.kind, commands, "message" in event ? event.message : undefined) };
}

/** Does what a command to check a table leads to. */
export function checkedTable({ head, table }: Extract<XdsCommand, { kind: "check-name-table" }>): XdsEvent {
  try {
    for (const _ of checkNameTable(table));
    return { kind: "checked", head };
  } catch (error) {
    return { kind: "checked", head, problem: protoText(error) };
  }
}

/** What becomes of a message that the agent has no part in. */
export const FORWARDED = "to control-plane: unchanged";
