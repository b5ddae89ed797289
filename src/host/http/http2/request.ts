import type { Request } from "../../../http/client-connection.ts";
import type { Headers } from "../../../http/message-head.ts";
import type { ByteStream } from "../byte-stream.ts";
import { http2Exchange } from "./exchange.ts";

const BODY = 32_768;
const NOT_IN_HTTP2 = ["host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"];

/**
 * Sends a request without a body over HTTP/2; returns its status and as much of the body as the initial window allows. @throws Error when
 * there is no readable answer
 */
export async function http2Request(
  stream: ByteStream,
  { method, target, headers }: Request,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const copied = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const authority = copied.find(([name]) => name === "host")?.[1] ?? "";
  const own: Headers = [
    [":method", method],
    [":scheme", "https"],
    [":path", target],
    [":authority", authority],
  ];
  const fields = [...own, ...copied.filter(([name]) => !NOT_IN_HTTP2.includes(name))];
  const { first, body } = await http2Exchange(stream, { fields, limit: BODY });
  return { status: Number(first.find(([name]) => name === ":status")?.[1]), body };
}
