import { anyOf, field, startGrpcServer, textField } from "./grpc-wire.ts";

const SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** The certificate service (SDS) for Envoy's bootstrap on a socket: sends every `file-root:PATH` as the path of a root certificate. */
export async function startSecretServer(path: string): Promise<Disposable> {
  const server = await startGrpcServer(path, (message, stream) => {
    // A request that acknowledges a response has its nonce.
    const [name, nonce] = [textField(message, 3), textField(message, 5)];
    if (name === undefined || (nonce !== undefined && nonce !== "")) return;
    const root = field(1, field(1, name.slice(name.indexOf(":") + 1)));
    const secret = anyOf(SECRET, Buffer.concat([field(1, name), field(4, root)]));
    stream.send(Buffer.concat([field(1, "1"), field(2, secret), field(4, SECRET), field(5, "1")]));
  });
  return { [Symbol.dispose]: () => server.close() };
}
