import { describe, expect, test } from "bun:test";
import {
  DELTA_DISCOVERY_REQUEST,
  DELTA_DISCOVERY_RESPONSE,
  DISCOVERY_REQUEST,
  DISCOVERY_RESPONSE,
  NODE,
  RESOURCE,
} from "../../src/mesh/discovery.ts";
import { join, type Pieces } from "../../src/mesh/pieces.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { ANY } from "../../src/mesh/well-known.ts";
import { messageOf, type RecordedEvent, transcript, transcriptNames } from "../conformance/mesh/transcripts.ts";

interface Recorded {
  readonly kind: "delta" | "sotw";
  readonly isRequest: boolean;
  readonly event: RecordedEvent;
}

/** The messages of discovery in a recorded exchange, by the path of their stream. */
function discoveryMessages(name: string): readonly Recorded[] {
  const { events } = transcript(name);
  const paths = new Map<string, string>();
  const found: Recorded[] = [];
  for (const event of events) {
    const stream = `${event.conn} ${event.stream}`;
    const path = event.metadata?.[":path"];
    if (path !== undefined) paths.set(stream, path);
    if (event.kind !== "message" || event.decoded === undefined || "undecodable" in event.decoded) continue;
    const kind = /\/Delta/.test(paths.get(stream) ?? "") ? "delta" : "sotw";
    const isRequest = /^(envoy|client)>|^agent>(istiod|server)/.test(event.channel);
    if (/Stream|Delta/.test(paths.get(stream) ?? "")) found.push({ kind, isRequest, event });
  }
  return found;
}

/** Leaves out what is absent and cuts long texts, as the recording does. */
function present(values: Readonly<Record<string, unknown>>): unknown {
  const isEmpty = (value: unknown) => value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  const cut = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(cut);
    return typeof value === "string" && value.length > 4096 ? `${value.slice(0, 40)}… (${value.length} characters)` : value;
  };
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (isEmpty(value) ? [] : [[name, cut(value)]])));
}

const id = (node: Pieces | undefined) => (node === undefined ? undefined : decode(NODE, node).id);

/** The members that the tables have, under the names of the recording. */
function ours({ kind, isRequest, event }: Recorded): unknown {
  const pieces = [messageOf(event)];
  if (isRequest && kind === "sotw") {
    const { versionInfo, node, resourceNames, typeUrl, responseNonce, errorDetail } = decode(DISCOVERY_REQUEST, pieces);
    const error = errorDetail && { code: errorDetail.code, message: errorDetail.message };
    const own = { node: id(node), resource_names: resourceNames, type_url: typeUrl, response_nonce: responseNonce };
    return present({ ...own, version_info: versionInfo, error });
  }
  if (isRequest) {
    const { node, typeUrl, resourceNamesSubscribe, resourceNamesUnsubscribe, responseNonce, errorDetail } = decode(
      DELTA_DISCOVERY_REQUEST,
      pieces,
    );
    const error = errorDetail && { code: errorDetail.code, message: errorDetail.message };
    const names = { subscribe: resourceNamesSubscribe, unsubscribe: resourceNamesUnsubscribe };
    return present({ node: id(node), ...names, type_url: typeUrl, response_nonce: responseNonce, error });
  }
  if (kind === "sotw") {
    const { versionInfo, resources, typeUrl, nonce } = decode(DISCOVERY_RESPONSE, pieces);
    const types = resources.map((resource) => decode(ANY, resource).typeUrl);
    return present({ version_info: versionInfo, types, type_url: typeUrl, nonce });
  }
  const { systemVersionInfo, resources, typeUrl, nonce, removedResources } = decode(DELTA_DISCOVERY_RESPONSE, pieces);
  const read = resources.map((resource) => decode(RESOURCE, resource));
  const types = read.map(({ resource }) => decode(ANY, resource ?? []).typeUrl);
  const names = read.map(({ name }) => name);
  return present({ system_version_info: systemVersionInfo, types, names, type_url: typeUrl, nonce, removed_resources: removedResources });
}

type Members = Readonly<Record<string, unknown>>;

function recorded({ kind, isRequest, event }: Recorded): unknown {
  const { node, error_detail, resources, ...rest } = event.decoded as Members & { readonly resources?: readonly Members[] };
  const own = rest as Members;
  const pick = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, own[name]]));
  const error = error_detail as Members | undefined;
  const request = { node: (node as Members | undefined)?.id, error: error && { code: error.code ?? 0, message: error.message ?? "" } };
  const names = kind === "delta" ? ["subscribe", "unsubscribe"] : ["resource_names", "version_info"];
  if (isRequest) return present({ ...request, ...pick("type_url", "response_nonce", ...names) });
  const types = resources?.map((resource) => resource.type_url);
  if (kind === "sotw") return present({ types, ...pick("version_info", "type_url", "nonce") });
  return present({
    types,
    names: resources?.map((resource) => resource.name ?? ""),
    ...pick("system_version_info", "type_url", "nonce", "removed_resources"),
  });
}

describe("discovery messages", () => {
  test.each(["sds", "xds", "whole", "served"])("reads those recorded in %s", (folder) => {
    const messages = transcriptNames(folder).flatMap(discoveryMessages);
    expect(messages.length).toBeGreaterThan(60);
    for (const message of messages) expect(ours(message)).toEqual(recorded(message));
  });

  test("writes requests and responses that it reads again", () => {
    const request = {
      versionInfo: "1",
      resourceNames: ["a", "b"],
      typeUrl: "t",
      responseNonce: "n",
      errorDetail: { code: 13, message: "m" },
    };
    expect<unknown>(decode(DISCOVERY_REQUEST, encode(DISCOVERY_REQUEST, request))).toEqual(request);
    const response = { versionInfo: "1", resources: [encode(ANY, { typeUrl: "t" })], typeUrl: "t", nonce: "n" };
    expect<unknown>(decode(DISCOVERY_RESPONSE, [join(encode(DISCOVERY_RESPONSE, response))])).toEqual(response);
  });
});
