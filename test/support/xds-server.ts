import { anyOf, field, type GrpcStream, startGrpcServer, textField } from "./grpc-wire.ts";

const TYPES = {
  cds: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  lds: "type.googleapis.com/envoy.config.listener.v3.Listener",
} as const;

export type Kind = keyof typeof TYPES;

/**
 * A control plane over gRPC (xDS, delta or state of the world) on a socket or a port, which sends resources only on request of the test.
 */
export interface XdsServer extends AsyncDisposable {
  /** Resolves with the method of the call when Envoy has requested resources of a kind. */
  readonly asked: (kind: Kind) => Promise<string>;
  /** Sends no resources, which counts as an update. */
  readonly sendEmpty: (kind: Kind) => void;
  /** Sends invalid resources, which Envoy rejects. */
  readonly sendBroken: (kind: Kind) => void;
}

export async function startXdsServer(where: string | number): Promise<XdsServer> {
  const asked = { cds: Promise.withResolvers<string>(), lds: Promise.withResolvers<string>() };
  const server = await startGrpcServer(where, (message, stream) => {
    // DeltaDiscoveryRequest and DiscoveryRequest have different field numbers for the type.
    const type = textField(message, isDelta(stream) ? 2 : 4);
    if (type === TYPES.cds) asked.cds.resolve(stream.method);
    if (type === TYPES.lds) asked.lds.resolve(stream.method);
  });
  // Version, resources, type and nonce have the same field numbers in both protocols.
  const send = (kind: Kind, resourceFor: (stream: GrpcStream) => readonly Buffer[]) => {
    const stream = server.streams.at(-1);
    stream?.send(Buffer.concat([field(1, "1"), ...resourceFor(stream), field(4, TYPES[kind]), field(5, kind)]));
  };
  return {
    asked: (kind) => asked[kind].promise,
    sendEmpty: (kind) => send(kind, () => []),
    sendBroken: (kind) => {
      const broken = anyOf("type.googleapis.com/no.such");
      send(kind, (stream) => [field(2, isDelta(stream) ? Buffer.concat([field(3, "broken"), field(2, broken)]) : broken)]);
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

function isDelta({ method }: GrpcStream): boolean {
  return method.includes("/Delta");
}
