import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Reply, readReply } from "../../support/http-reply.ts";
import type { Asked, RequestStep } from "./case.ts";
import { hostAndPort } from "./scripted-server.ts";

/** What became of a request. */
export type Asking =
  | { readonly error: "refused" | "closed" | "timeout" }
  | { readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly text: string };

const REPLY_LIMIT = 12_000;
/** Seconds during which a server that is still starting is asked again, and milliseconds between two tries. */
export const RETRY_SECONDS = 5;
export const PAUSE = 100;

/** Asks, again while refused (a server that is still starting), and again until the answer is the one awaited or time is up. */
export async function askUntil({ request, retrySeconds = RETRY_SECONDS, until = {} }: RequestStep): Promise<Asking> {
  const started = performance.now();
  for (;;) {
    const asking = await ask(request);
    const seconds = (performance.now() - started) / 1000;
    const error = "error" in asking ? asking.error : undefined;
    const status = "error" in asking ? undefined : asking.status;
    const isOther = (until.status !== undefined && status !== until.status) || (until.error !== undefined && error !== until.error);
    const isEarly = error === "refused" && until.error !== "refused";
    if (!(isOther && seconds < (until.seconds ?? 0)) && !(isEarly && seconds < retrySeconds)) return asking;
    await Bun.sleep(PAUSE);
  }
}

/** Sends one request over a new connection, with only Host and the given headers. */
export function ask(asked: Asked): Promise<Asking> {
  const to = asked.to ?? "127.0.0.1:15020";
  return new Promise((resolve) => {
    const socket = connect({ ...hostAndPort(to), ...(asked.from === undefined ? {} : { localAddress: asked.from }) });
    let bytes = Buffer.alloc(0);
    let isConnected = false;
    const finish = (asking: Asking) => {
      socket.destroy();
      resolve(asking);
    };
    const look = (ended: boolean) => {
      const reply = lastReply(bytes, asked, ended);
      if (reply === "broken") finish({ error: "closed" });
      else if (reply !== "more") finish({ status: reply.status, headers: reply.headers, text: textOf(reply) });
    };
    socket.setTimeout(REPLY_LIMIT, () => finish({ error: "timeout" }));
    socket.on("connect", () => {
      isConnected = true;
      socket.write(asked.raw === undefined ? bytesOf(asked, to) : Buffer.from(asked.raw, "latin1"));
    });
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look(false);
    });
    socket.on("end", () => look(true));
    socket.on("error", () => finish({ error: isConnected ? "closed" : "refused" }));
    socket.on("close", () => finish({ error: isConnected ? "closed" : "refused" }));
  });
}

function bytesOf({ method = "GET", path = "/", headers = [], body = "" }: Asked, to: string): string {
  const host = headers.some(([name]) => name.toLowerCase() === "host") ? [] : [["Host", to]];
  const length = body !== "" || !["GET", "HEAD"].includes(method) ? [["Content-Length", String(Buffer.byteLength(body))]] : [];
  const lines = [...host, ...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** Returns the last of the requested replies. */
function lastReply(bytes: Buffer, { raw, method = "GET", replies = 1 }: Asked, ended: boolean): Reply | "more" | "broken" {
  let rest = bytes;
  for (let left = replies; ; left--) {
    const reply = readReply(rest, raw?.split(" ")[0] ?? method, ended);
    if (typeof reply === "string" || left <= 1) return reply;
    rest = rest.subarray(reply.length);
  }
}

function textOf({ headers, body }: Reply): string {
  const plain = headers.get("content-encoding") === "gzip" && body.length > 0 ? gunzipSync(body) : body;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(plain);
}
