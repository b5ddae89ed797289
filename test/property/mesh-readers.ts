import fc from "fast-check";
import "reflect-metadata";
import { issuedFacts, keyPairProblem, usableRoots } from "../../src/host/mesh/x509.ts";
import { CREATE_CERTIFICATE, decodeChain, encodeOrder } from "../../src/mesh/ca-messages.ts";
import { refusalOf } from "../../src/mesh/certificate.ts";
import { certificateRequest, requestInfo } from "../../src/mesh/csr.ts";
import {
  DELTA_DISCOVERY_REQUEST,
  DELTA_DISCOVERY_RESPONSE,
  DISCOVERY_REQUEST,
  DISCOVERY_RESPONSE,
  NODE,
  RESOURCE,
} from "../../src/mesh/discovery.ts";
import { deframer } from "../../src/mesh/grpc-frames.ts";
import { unknownMethod } from "../../src/mesh/grpc-method.ts";
import { decodeStatusText, encodeStatusText, statusOfHttp, statusOfReset, statusOfTrailers } from "../../src/mesh/grpc-text.ts";
import { mergeRoots } from "../../src/mesh/merge-roots.ts";
import { pemBlocks, pemText } from "../../src/mesh/pem.ts";
import { join, type Pieces } from "../../src/mesh/pieces.ts";
import { ProtobufError } from "../../src/mesh/protobuf.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { resourceName } from "../../src/mesh/resource-name.ts";
import { NEW_STREAM, receive, sent } from "../../src/mesh/sds-stream.ts";
import { SECRET, secretResource } from "../../src/mesh/secret-message.ts";
import { needsRefresh, tokenExpiry } from "../../src/mesh/token-expiry.ts";
import { ANY, decodeStruct, encodeStruct } from "../../src/mesh/well-known.ts";
import { xdsReport } from "../../src/mesh/xds-report.ts";
import { newXdsStream, stepXds, type XdsEvent } from "../../src/mesh/xds-stream.ts";
import { XDS_TYPE } from "../../src/mesh/xds-types.ts";
import { createAuthority } from "../mesh/lab/authority.ts";
import { checkedTable } from "../mesh/xds-stream/steps.ts";
import { SEED } from "./hostile-text.ts";
import { mutated } from "./mutated.ts";

/** Something that reads what another process has sent: valid inputs, and the reader, which throws if it finds a fault in itself. */
interface Reader {
  readonly seeds: readonly Uint8Array[];
  readonly read: (bytes: Buffer) => void;
}

const authority = await createAuthority();
const { chain, key } = await authority.workload("spiffe://cluster.local/ns/default/sa/server");
const PEM = Buffer.from(chain + authority.root);
const KEY = Buffer.from(key);
const NOW = Date.now();

const any = (typeUrl: string, value: Pieces) => encode(ANY, { typeUrl, value });
const typed = (name: string, value: Pieces) => any(`type.googleapis.com/${name}`, value);
const text = (number: number, value: string | Uint8Array) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
};
const varint = (value: number): readonly number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);

const entry = Buffer.concat([text(1, "a.b"), text(2, Buffer.concat([text(1, "10.0.0.1"), text(2, "Kubernetes")]))]);
const wasmPath = text(1, text(3, text(3, text(2, text(1, "http://a/b")))));
const extension = (name: string, value: Uint8Array) =>
  typed("envoy.config.core.v3.TypedExtensionConfig", [text(1, "x"), text(2, join(typed(name, [value])))]);
const struct = encodeStruct({ config: { vm_config: { code: { remote: { list: [1, null, true, "x"] } } } } });
const TYPED_STRUCT = Buffer.concat([text(1, "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"), text(2, join(struct))]);
const RESOURCES: readonly (readonly [type: string, resource: Pieces])[] = [
  [XDS_TYPE.nameTable, typed("istio.networking.nds.v1.NameTable", [text(1, entry), text(1, entry)])],
  [XDS_TYPE.proxyConfig, any(XDS_TYPE.proxyConfig, [Buffer.concat([Buffer.of(0x92, 2, 3), Buffer.from("PEM")])])],
  [XDS_TYPE.extensionConfig, extension("envoy.extensions.filters.http.wasm.v3.Wasm", wasmPath)],
  [XDS_TYPE.extensionConfig, extension("udpa.type.v1.TypedStruct", TYPED_STRUCT)],
  [XDS_TYPE.cluster, typed("envoy.config.cluster.v3.Cluster", [text(1, "c")])],
];
const KINDS = ["sotw", "delta"] as const;
const responses = {
  sotw: RESOURCES.map(([typeUrl, resource]) =>
    join(encode(DISCOVERY_RESPONSE, { versionInfo: "1", resources: [resource], typeUrl, nonce: "n" })),
  ),
  delta: RESOURCES.map(([typeUrl, resource]) =>
    join(encode(DELTA_DISCOVERY_RESPONSE, { resources: [encode(RESOURCE, { name: "r", resource })], typeUrl, nonce: "n" })),
  ),
};
const errorDetail = { code: 13, message: "Didn't find a registered implementation for name: 'istio.stats'" };
const node = encode(NODE, { id: "sidecar~10.0.0.1~a.b~c" });
const requests = {
  sotw: [{}, { responseNonce: "n" }, { responseNonce: "n", errorDetail }].map((more) =>
    join(
      encode(DISCOVERY_REQUEST, {
        versionInfo: "1",
        node,
        resourceNames: ["default", "file-root:/a"],
        typeUrl: XDS_TYPE.listener,
        ...more,
      }),
    ),
  ),
  delta: [{}, { responseNonce: "n", errorDetail }].map((more) =>
    join(encode(DELTA_DISCOVERY_REQUEST, { node, typeUrl: XDS_TYPE.listener, resourceNamesSubscribe: ["a"], ...more })),
  ),
};

/** Performs what only an error of a message may end. */
function orProtobufError(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
  }
}

/** Whether messages of a peer can be logged: one line each, of limited length. */
function checkLog(lines: readonly string[]): void {
  for (const line of lines)
    if (line.length > 5_000 || line.includes("\n")) throw new Error(`a line of the log is ${JSON.stringify(line.slice(0, 200))}`);
}

function carryAll(kind: (typeof KINDS)[number], events: readonly XdsEvent[]): void {
  const log: string[] = [];
  const report = xdsReport("istiod:15012", (_, line) => log.push(line));
  let stream = newXdsStream(kind, { subscribes: { nameTable: true, proxyConfig: true }, checksExtensions: true });
  for (const event of events) {
    const [next, commands] = stepXds(stream, event);
    stream = next;
    for (const command of commands) {
      if (command.kind === "verdict") report.verdict(command);
      if (command.kind === "dropped") report.dropped(command.typeUrl);
      if (command.kind === "trust-bundle") mergeRoots(command.roots);
      if (command.kind === "check-name-table") stream = stepXds(stream, checkedTable(command))[0];
      if (command.kind === "end") report.ended({ by: command.by ?? "envoy", wasConnected: true, hint: "", ...command });
    }
  }
  report.reason();
  checkLog(log);
}

function splitText(bytes: Buffer): void {
  const value = bytes.toString();
  statusOfTrailers(value, decodeStatusText(value));
  encodeStatusText(value);
  statusOfHttp(bytes[0] ?? 0, value);
  statusOfReset(bytes[1] ?? 0);
  unknownMethod(value, ["a.B"]);
  resourceName(value);
}

const PUBLIC_KEY = new Uint8Array(Buffer.from(pemBlocks(chain)[0]?.bytes ?? []));

/** Every reader of what comes from the other side of a connection, or from a file. */
export const READERS: Readonly<Record<string, Reader>> = {
  "requests of xDS, state of the world": {
    seeds: requests.sotw,
    read: (bytes) =>
      carryAll("sotw", [
        { kind: "request", message: [bytes] },
        { kind: "request", message: [bytes] },
      ]),
  },
  "requests of xDS, delta": { seeds: requests.delta, read: (bytes) => carryAll("delta", [{ kind: "request", message: [bytes] }]) },
  "responses of xDS, state of the world": {
    seeds: responses.sotw,
    read: (bytes) => carryAll("sotw", [{ kind: "response", message: [bytes] }]),
  },
  "responses of xDS, delta": { seeds: responses.delta, read: (bytes) => carryAll("delta", [{ kind: "response", message: [bytes] }]) },
  "requests of SDS": {
    seeds: requests.sotw,
    read: (bytes) =>
      orProtobufError(() => {
        const { node: id, ...request } = decode(DISCOVERY_REQUEST, [bytes]);
        const known = { ...request, node: id === undefined ? "" : decode(NODE, id).id };
        let stream = NEW_STREAM;
        for (let count = 0; count < 3; count++) {
          const [next] = receive(stream, known);
          stream = sent(next, "n");
        }
      }),
  },
  secrets: {
    seeds: [
      secretResource("default", { kind: "certificate", chain: PEM, key: KEY }, {}),
      secretResource("ROOTCA", { kind: "validation", roots: PEM }, { crl: "/crl" }),
      secretResource(
        "default",
        { kind: "certificate", chain: PEM, key: KEY },
        { keyProvider: { name: "qat", pollDelayNanos: 1, fallback: true } },
      ),
    ].map(join),
    read: (bytes) => orProtobufError(() => decode(SECRET, decode(ANY, [bytes]).value)),
  },
  "answers of a CA": {
    seeds: [join([text(1, chain), text(1, authority.root)])],
    read: (bytes) =>
      orProtobufError(() => {
        const facts = issuedFacts(decodeChain([bytes]), PUBLIC_KEY);
        refusalOf(facts, NOW);
        if (typeof facts.leaf !== "string") checkLog([facts.leaf.identity]);
      }),
  },
  "orders of a CA": {
    seeds: [join([encodeOrder({ csr: "x", lifetime: 1, certSigner: "s" })]), Buffer.from(CREATE_CERTIFICATE)],
    read: (bytes) => void certificateRequest(requestInfo(bytes, bytes.toString()), "ecdsa-sha256", bytes),
  },
  "files of PEM": {
    seeds: [PEM, KEY],
    read(bytes) {
      const latin = bytes.toString("latin1");
      usableRoots(latin);
      keyPairProblem(latin, latin);
      keyPairProblem(chain, latin);
      pemBlocks(mergeRoots([bytes.toString(), authority.root]));
    },
  },
  certificates: {
    seeds: pemBlocks(PEM.toString()).map((block) => block.bytes),
    read(bytes) {
      const facts = issuedFacts([pemText("CERTIFICATE", bytes)], PUBLIC_KEY);
      if (typeof facts.leaf !== "string") checkLog([facts.leaf.identity]);
      const refusal = refusalOf(facts, NOW);
      if (refusal === undefined && !(typeof facts.leaf !== "string" && facts.leaf.notAfter > NOW)) throw new Error("no time to rotate at");
      keyPairProblem(pemText("CERTIFICATE", bytes), key);
    },
  },
  "private keys": {
    seeds: pemBlocks(key).map((block) => block.bytes),
    read: (bytes) => void keyPairProblem(chain, pemText("PRIVATE KEY", bytes)),
  },
  tokens: {
    seeds: [{ exp: 1_800_000_000 }, { exp: "1" }, {}].map((claims) =>
      Buffer.from(`e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`),
    ),
    read(bytes) {
      const expiry = tokenExpiry(bytes.toString());
      if (expiry !== undefined && !Number.isFinite(expiry)) throw new Error(`an expiry is ${expiry}`);
      needsRefresh(bytes.toString(), NOW);
    },
  },
  structs: { seeds: [join(struct)], read: (bytes) => orProtobufError(() => decodeStruct([bytes])) },
  "statuses, methods and names": {
    seeds: ["%41%zz\u00e9", "/a.B/C", "file-cert:/a~/b", "13"].map((each) => Buffer.from(each)),
    read: splitText,
  },
  "frames of gRPC": {
    seeds: [Buffer.from("00000000026869000000000000000000016a", "hex")],
    read(bytes) {
      const whole = deframer({ limit: 100 }).push(bytes);
      const { push } = deframer({ limit: 100 });
      const single = [...bytes].flatMap((byte) => push(Uint8Array.of(byte)));
      const lengths = (list: typeof whole) =>
        list.map((each) => (each.kind === "message" ? join(each.pieces).length : each.status.message));
      if (lengths(whole).join() !== lengths(single).join()) throw new Error("the messages depend on where the bytes were split");
    },
  },
};

/** Reads mutated inputs: the reader throws nothing, whatever it gets. */
export function checkReader(name: string, runs: number): void {
  const reader = READERS[name];
  if (reader === undefined) throw new Error(`no reader ${name}`);
  fc.assert(
    fc.property(mutated(reader.seeds), (bytes) => reader.read(Buffer.from(bytes))),
    { seed: SEED, numRuns: runs },
  );
}
