import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { selfSigned } from "../../support/self-signed.ts";
import { answerHealth } from "./answer-health.ts";
import { answerHttp } from "./answer-http.ts";
import type { ServerSpec } from "./case.ts";
import { newScript, type Script } from "./script.ts";

/** A server of a case: its script on its addresses. */
export interface ScriptedServer extends Script {
  /** Listens on every address. @throws the system's error when one is taken */
  readonly start: () => Promise<void>;
  /** Stops listening; answers under way still go out. */
  readonly stop: () => void;
}

export function scriptedServer(spec: ServerSpec): ScriptedServer {
  const script = newScript(spec.routes ?? {});
  let listeners: Server[] = [];
  return {
    ...script,
    async start() {
      listeners = await Promise.all(spec.listen.map((address) => listening(newServer(spec.kind, script), address)));
    },
    stop() {
      for (const listener of listeners) listener.close();
      listeners = [];
    },
  };
}

function newServer(kind: ServerSpec["kind"], script: Script): Server {
  if (kind === "http") return createServer((socket) => answerHttp(socket, script));
  if (kind === "https") return createTlsServer(selfSigned("application"), (socket) => answerHttp(socket, script));
  if (kind === "tcp") return createServer((socket) => noteConnection(socket, script));
  const server = createHttp2Server();
  server.on("stream", (stream: ServerHttp2Stream) => answerHealth(stream, script));
  return server;
}

/** Only the connection counts; what comes over it is not looked at. */
function noteConnection(socket: Socket, script: Script): void {
  socket.on("error", () => socket.destroy());
  script.answerTo({
    method: "CONNECT",
    target: "",
    peer: socket.remoteAddress ?? "",
    local: socket.localAddress ?? "",
    headers: new Map(),
    body: "",
  });
  socket.resume();
}

function listening(server: Server, address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...hostAndPort(address), ipv6Only: true }, () => resolve(server));
  });
}

/** `host:port` in two; brackets of an IPv6 address are left out. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
