import { expect, test } from "bun:test";
import { readReply } from "./http-reply.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";

/** Name, bytes, whether they are complete, and the result: body, bytes used, whether the connection stays open. */
const TABLE: readonly (readonly [name: string, text: string, ended: boolean, read: readonly [string, number, boolean] | string])[] = [
  ["a reply of a known length", `${HEAD}Content-Length: 2\r\n\r\nokHTTP`, false, ["ok", 40, true]],
  ["one that is not whole", `${HEAD}content-length: 3\r\n\r\nok`, false, "more"],
  ["one that never will be", `${HEAD}content-length: 3\r\n\r\nok`, true, "broken"],
  ["half a head", "HTTP/1.1 200", false, "more"],
  ["nothing at all", "", true, "broken"],
  ["another protocol", "SSH-2.0\r\n\r\n", false, "broken"],
  ["a reply up to the end", `${HEAD}\r\nall`, true, ["all", 22, false]],
  ["one that may go on", `${HEAD}\r\nall`, false, "more"],
  ["one that closes", `${HEAD}content-length: 0\r\nConnection: Close\r\n\r\n`, false, ["", 57, false]],
  ["chunks", `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\n\r\n`, false, ["ok!", 69, true]],
  ["chunks with trailers", `${HEAD}transfer-encoding: chunked\r\n\r\n0\r\na: b\r\n\r\n`, false, ["", 58, true]],
  ["chunks without an end", `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n`, true, "broken"],
  ["chunks of no size", `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`, false, "broken"],
  ["an interim reply first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", false, ["", 52, true]],
  ["an old server", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false, ["", 38, false]],
];

test.each(TABLE)("reads %s", (_, text, ended, read) => {
  const reply = readReply(Buffer.from(text), "GET", ended);
  const seen: unknown = typeof reply === "string" ? reply : [reply.body.toString(), reply.length, reply.keepsOpen];
  expect(seen).toEqual(read);
});

test("a reply to HEAD has no body", () => {
  const reply = readReply(Buffer.from(`${HEAD}content-length: 9\r\n\r\n`), "HEAD", false);
  expect(typeof reply === "string" ? reply : reply.body.length).toBe(0);
});
