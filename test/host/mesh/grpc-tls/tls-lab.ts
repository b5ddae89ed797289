import { afterAll, afterEach, expect } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TlsOptions } from "node:tls";
import type { Log } from "../../../../src/common/notice.ts";
import { connectGrpc } from "../../../../src/host/mesh/grpc-connection.ts";
import { CODE, type GrpcStatus } from "../../../../src/mesh/grpc-status.ts";
import type { Endpoint, TlsPlan } from "../../../../src/mesh/mesh-plan.ts";
import { createAuthority } from "../../../mesh/lab/authority.ts";

/** A name of the servers. */
export const NAME = "istiod.istio-system.svc";
export const DONE = { code: CODE.OK };
/** A certificate that cannot be parsed. */
export const BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** A server that runs, and what it has seen. */
interface Seen {
  readonly port: number;
  /** The names (SNI) and client certificates of the connections. */
  readonly sent: { readonly name: string | false | null; readonly client: string }[];
}

/** Returns the end of a call on a connection that could not be made. */
export function refused(reason: string): object {
  return { code: CODE.UNAVAILABLE, message: expect.stringContaining(reason) };
}

/** Prepares servers with TLS and calls to them; everything that was opened is closed after each test. */
export async function tlsLab() {
  const directory = mkdtempSync(join(tmpdir(), "tls-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const [authority, stranger] = await Promise.all([createAuthority(), createAuthority("stranger")]);
  const server = await authority.server([NAME, "*.wild.example", "127.0.0.1", "::1"]);
  const opened: (() => void)[] = [];
  const warnings: string[] = [];
  const log: Log = (_, text) => void warnings.push(text);
  afterEach(() => {
    warnings.splice(0);
    for (const close of opened.splice(0)) close();
  });

  const fileOf = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const root = fileOf("root.pem", authority.root);

  /** Listens on a port of the kernel's choice, and returns it. */
  const listen = async (server: Pick<Server, "listen" | "address" | "close">, host = "127.0.0.1"): Promise<number> => {
    await new Promise<void>((resolve) => void server.listen(0, host, resolve));
    opened.push(() => server.close());
    // What a server that listens on a port returns.
    return (server.address() as AddressInfo).port;
  };
  /** Starts a server that answers each call with OK. */
  const serve = async (options: TlsOptions = {}, host?: string): Promise<Seen> => {
    const sent: Seen["sent"] = [];
    const inner = createHttp2();
    inner.on("stream", (stream: ServerHttp2Stream) =>
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" }, { endStream: true }),
    );
    const tls = createServer({ key: server.key, cert: server.chain, ALPNProtocols: ["h2"], ...options }, (socket) => {
      socket.on("error", () => {});
      sent.push({ name: socket.servername ?? null, client: socket.getPeerCertificate().subjectaltname ?? "" });
      inner.emit("connection", socket);
    });
    tls.on("tlsClientError", () => {});
    return { port: await listen(tls, host), sent };
  };
  /** Makes one call, and returns its end. */
  const callOn = (port: number, tls: Partial<TlsPlan> = {}, host = "127.0.0.1", limit = 30_000): Promise<GrpcStatus> => {
    const endpoint: Endpoint = {
      host,
      port,
      keepalive: { interval: 30_000, timeout: 10_000 },
      tls: { serverName: NAME, roots: { kind: "file", path: root }, policy: "", ...tls },
    };
    const connection = connectGrpc(endpoint, log, { limit });
    opened.push(connection.close);
    return new Promise((resolve) => connection.open("/a/b", [], { message: () => {}, ended: resolve }));
  };
  return { authority, stranger, server, directory, warnings, fileOf, listen, serve, callOn };
}
