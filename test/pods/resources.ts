import protobuf from "protobufjs";
import { type RecordedResource, servableSet } from "../conformance/mesh/transcripts.ts";
import { HOST } from "./network.ts";

// Recorded resources of a mesh: as they are, and with addresses that work without a redirection of traffic in the pods.

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; }
  message SocketAddress { string address = 2; uint32 port_value = 3; }
  message Address { SocketAddress socket_address = 1; }
  message Endpoint { Address address = 1; }
  message LbEndpoint { Endpoint endpoint = 1; }
  message LocalityLbEndpoints { repeated LbEndpoint lb_endpoints = 2; }
  message ClusterLoadAssignment { string cluster_name = 1; repeated LocalityLbEndpoints endpoints = 2; }
  message Cluster { string name = 1; int32 type = 2; Duration connect_timeout = 4; ClusterLoadAssignment load_assignment = 33; }
`,
  { keepCase: true },
);

function encoded(name: string, message: object): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

/** Returns a message with a field left out, and another value put in its place if there is one. */
function withField(message: Uint8Array, number: number, value?: Uint8Array): Buffer {
  const reader = protobuf.Reader.create(message);
  const kept: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    reader.skipType(tag & 7);
    if (tag >>> 3 !== number) kept.push(message.subarray(start, reader.pos));
  }
  if (value === undefined) return Buffer.concat(kept);
  const added = protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .bytes(value)
    .finish();
  return Buffer.concat([...kept, added]);
}

/** The field of an Any with the message. */
const VALUE = 2;

function changed(resource: RecordedResource, change: (message: Uint8Array) => Buffer): RecordedResource {
  const any = root.lookupType("Any").decode(resource.any) as unknown as { readonly value: Uint8Array };
  return { ...resource, any: withField(resource.any, VALUE, change(any.value)) };
}

const LISTENER = { address: 2, bindToPort: 26 } as const;
/** Limits the requests of a connection (UInt32Value), so that handshakes go on. */
const CLUSTER = { maxRequests: 9 } as const;
const TEN = Buffer.of(0x08, 10);
const socketAddress = (address: string, port_value: number) => ({ socket_address: { address, port_value } });

/** The address of the service, to which nobody listens: sidecars know it. */
export const SERVICE_ADDRESS = "10.96.0.10";
/** The port of the service; the requests of the server's sidecar end at the test. */
export const SERVICE_PORT = 8080;
/** The port of the workload behind the sidecar, at the test's address. */
export const WORKLOAD_PORT = 9000;

const LOCAL_WORKLOAD = encoded("Cluster", {
  name: "inbound|8080||",
  type: 0,
  connect_timeout: { seconds: 5 },
  load_assignment: {
    cluster_name: "inbound|8080||",
    endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(HOST, WORKLOAD_PORT) } }] }],
  },
});

/** The recorded resources of a set; secrets come from the agent. */
function recorded(name: string): readonly RecordedResource[] {
  return servableSet(name)
    .filter(({ type }) => !type.endsWith(".Secret"))
    .map((each) =>
      each.type.endsWith(".Cluster") && each.name.startsWith("outbound|8080|")
        ? changed(each, (cluster) => withField(cluster, CLUSTER.maxRequests, TEN))
        : each,
    );
}

/** Returns the resources of a sidecar in a pod whose traffic is redirected. */
export function recordedSidecar(): readonly RecordedResource[] {
  return recorded("sidecar");
}

/** The resources of a sidecar whose workload calls the service: it listens for the workload's requests where the service is said to be. */
function clientResources(): readonly RecordedResource[] {
  return recorded("sidecar").map((each) =>
    each.name === "0.0.0.0_8080" ? changed(each, (listener) => withField(listener, LISTENER.bindToPort)) : each,
  );
}

/** The resources of the service's sidecar: it accepts mTLS at the port of the service. */
function serverResources(): readonly RecordedResource[] {
  return recorded("sidecar")
    .filter(({ name }) => !name.startsWith("0.0.0.0_"))
    .map((each) => {
      if (each.name === "virtualInbound")
        return changed(each, (listener) =>
          withField(listener, LISTENER.address, encoded("Address", socketAddress("0.0.0.0", SERVICE_PORT))),
        );
      return each.name === "inbound|8080||" ? changed(each, () => LOCAL_WORKLOAD) : each;
    });
}

/** Returns the resources of a node by its id: a gateway, the service's sidecar, or one of a client. */
export function resourcesOf(node: string): readonly RecordedResource[] {
  if (node.startsWith("router~")) return recorded("gateway");
  return node.includes("~server.") ? serverResources() : clientResources();
}
