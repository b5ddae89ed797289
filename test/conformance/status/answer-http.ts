import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { headersIn, readChunks } from "../../support/http-message.ts";
import type { Answer } from "./case.ts";
import type { Script } from "./script.ts";

interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The first byte of a client that expects TLS. */
const TLS_HANDSHAKE = 0x16;

/** Answers one HTTP/1.1 request by the script and ends the connection. Any method and any target is taken as it came. */
export function answerHttp(socket: Socket, script: Script): void {
  let bytes = Buffer.alloc(0);
  let isAnswered = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes[0] === TLS_HANDSHAKE) return void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    const request = isAnswered ? undefined : readRequest(bytes);
    if (request === undefined) return;
    isAnswered = true;
    const answer = script.answerTo({ ...request, peer: socket.remoteAddress ?? "", local: socket.localAddress ?? "" });
    const send = () => (answer.drop ? socket.end() : socket.end(replyTo(request, answer)));
    if (answer.delay === undefined) send();
    else setTimeout(send, answer.delay * 1000);
  });
}

/** The request, when it has come whole. */
function readRequest(bytes: Buffer): Request | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = headersIn(lines);
  const start = headEnd + 4;
  if (headers.get("transfer-encoding")?.includes("chunked")) {
    const chunks = readChunks(bytes, start);
    return typeof chunks === "string" ? undefined : { method, target, headers, body: chunks.body.toString() };
  }
  const end = start + Number(headers.get("content-length") ?? 0);
  return bytes.length < end ? undefined : { method, target, headers, body: bytes.toString("utf8", start, end) };
}

function replyTo(request: Request, answer: Answer): Buffer {
  const status = answer.status ?? 200;
  const isPacked = answer.gzip === true && (request.headers.get("accept-encoding") ?? "").includes("gzip");
  const text = answer.stats ? statsPage(answer.stats, request.target) : (answer.body ?? "").repeat(answer.repeat ?? 1);
  const body = isPacked ? gzipSync(text) : Buffer.from(text);
  const headers = {
    "Content-Type": "text/plain; charset=UTF-8",
    ...answer.headers,
    ...(isPacked ? { "Content-Encoding": "gzip" } : {}),
    "Content-Length": String(body.length),
    Connection: "close",
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}\r\n`]));
  const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`, "latin1");
  return request.method === "HEAD" ? head : Buffer.concat([head, body]);
}

/** What GET /stats shows of these values, as Envoy does: `filter` is a regular expression, `format=json` is understood. */
function statsPage(values: Readonly<Record<string, number>>, target: string): string {
  const query = new URLSearchParams(target.replace(/^[^?]*/, ""));
  const filter = new RegExp(query.get("filter") ?? "");
  const chosen = Object.entries(values).filter(([name]) => filter.test(name));
  return query.get("format") === "json"
    ? JSON.stringify({ stats: chosen.map(([name, value]) => ({ name, value })) })
    : chosen.map(([name, value]) => `${name}: ${value}\n`).join("");
}
