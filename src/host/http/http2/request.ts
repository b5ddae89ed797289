import type { Request } from "../../../http/client-connection.ts";
import { requestFrames } from "../../../http/http2/frames.ts";
import { statusOf } from "../../../http/http2/hpack.ts";
import type { ByteStream } from "../byte-stream.ts";
import { http2Answer } from "./answer.ts";

const BODY = 32_768;
const NOT_IN_HTTP2 = ["host", "connection", "keep-alive", "proxy-connection", "upgrade", "te"];

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
  const own = { ":method": method, ":scheme": "https", ":path": target, ":authority": authority };
  const fields = [...Object.entries(own), ...copied.filter(([name]) => !NOT_IN_HTTP2.includes(name))];
  await stream.write(requestFrames(fields, undefined));
  const { first, body } = await http2Answer(stream, BODY);
  const status = statusOf(first);
  if (status === undefined) throw new Error("The response has no valid status");
  return { status, body };
}
