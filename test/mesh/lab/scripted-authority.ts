import * as grpc from "@grpc/grpc-js";
import type { Authority } from "./authority.ts";
import { CERTIFICATE_REQUEST, CERTIFICATE_RESPONSE } from "./messages.ts";

/** What a certificate authority answers to one call. */
export type Answer =
  | { readonly kind: "sign"; readonly seconds?: number; readonly edit?: (chain: readonly string[]) => readonly string[] }
  | { readonly kind: "status"; readonly code: number; readonly message: string }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** Signs when `release` is called. */
  | { readonly kind: "hold" };

/** Replaces the last element of a chain. */
export function withRoot(root: string): (chain: readonly string[]) => readonly string[] {
  return (chain) => [...chain.slice(0, -1), root];
}

/** A call that a certificate authority has got. */
export interface ReceivedCall {
  readonly at: number;
  /** The address of the client: its connection. */
  readonly peer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly csr: string;
  readonly lifetime: number;
}

/** A certificate authority for tests, which answers as a script says. */
export interface ScriptedAuthority extends AsyncDisposable {
  readonly port: number;
  readonly calls: readonly ReceivedCall[];
  readonly release: () => void;
}

const IDENTITY = "spiffe://cluster.local/ns/default/sa/server";
const pass = (bytes: Buffer) => bytes;

/** Starts one on loopback, in plain text. After the last answer of the script, the last one is repeated. */
export async function startScriptedAuthority(
  authority: Authority,
  answers: readonly Answer[],
  { port = 0, credentials = grpc.ServerCredentials.createInsecure() }: { port?: number; credentials?: grpc.ServerCredentials } = {},
): Promise<ScriptedAuthority> {
  const calls: ReceivedCall[] = [];
  const held = Promise.withResolvers<void>();
  const server = new grpc.Server({ "grpc.max_send_message_length": -1 });
  const answer = async (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) => {
    const { csr, validity_duration: lifetime } = CERTIFICATE_REQUEST.read(call.request);
    const metadata = Object.fromEntries(Object.entries(call.metadata.getMap()).map(([name, value]) => [name, String(value)]));
    const next = answers[Math.min(calls.length, answers.length - 1)] ?? { kind: "sign" };
    calls.push({ at: performance.now(), peer: call.getPeer(), metadata, csr, lifetime });
    if (next.kind === "status") return callback({ code: next.code, details: next.message });
    if (next.kind === "bytes") return callback(null, next.bytes);
    if (next.kind === "hold") await held.promise;
    const { seconds = lifetime, edit = undefined } = next.kind === "sign" ? next : {};
    const chain = await authority.sign(csr, IDENTITY, seconds);
    return callback(null, CERTIFICATE_RESPONSE.write({ cert_chain: edit?.(chain) ?? chain }));
  };
  server.addService(
    {
      CreateCertificate: {
        path: "/istio.v1.auth.IstioCertificateService/CreateCertificate",
        requestStream: false,
        responseStream: false,
        requestSerialize: pass,
        requestDeserialize: pass,
        responseSerialize: pass,
        responseDeserialize: pass,
      },
    },
    { CreateCertificate: answer },
  );
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, found) => (error === null ? resolve(found) : reject(error))),
  );
  return {
    port: bound,
    calls,
    release: held.resolve,
    async [Symbol.asyncDispose]() {
      held.resolve();
      server.forceShutdown();
    },
  };
}
