import { afterEach, expect, test } from "bun:test";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { httpRequest } from "../../../src/host/http/http-request.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that redirects /from as configured, and echoes every other request. */
async function server(status = 302, location = "/to"): Promise<{ readonly url: string; readonly seen: readonly IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    seen.push(request);
    if (request.url === "/from") response.writeHead(status, { location }).end();
    else request.toArray().then((pieces) => response.end(`${request.method} ${Buffer.concat(pieces)}`));
  }).listen(0, "127.0.0.1");
  closing.push(() => void http.close());
  await new Promise((resolve) => http.once("listening", resolve));
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, seen };
}

const asked = async (method: string, url: string, body = "", timeoutMilliseconds = 30_000) => {
  const answer = await httpRequest({ method, url, body, timeoutMilliseconds });
  return answer.ok ? `${answer.value.status} ${new TextDecoder().decode(answer.value.body)}` : answer.error;
};

test.each([
  ["", "200 GET "],
  ["get", "200 get "],
  ["G ET", 'net/http: invalid method "G ET"'],
  ["GET\u00e4", 'net/http: invalid method "GETä"'],
])("the method %j", async (method, expected) => {
  // The test server refuses an unknown method.
  const raw = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.end(`HTTP/1.0 200 OK\r\n\r\n${bytes.toString().split(" ")[0]} `) },
  });
  closing.push(() => raw.stop(true));
  expect(await asked(method, `http://127.0.0.1:${raw.port}/`)).toBe(expected);
});

test.each([
  ["GET", undefined],
  ["DELETE", undefined],
  ["OPTIONS", undefined],
  ["POST", "0"],
  ["PUT", "0"],
  ["PATCH", "0"],
])("Content-Length without a body, %s: %p", async (method, length) => {
  const { url, seen } = await server();
  await asked(method, url);
  expect(seen.map(({ headers }) => headers["content-length"])).toEqual([length]);
});

test.each([
  [302, "POST", "200 GET "],
  [303, "PUT", "200 GET "],
  [307, "POST", "200 POST words"],
  [308, "PUT", "200 PUT words"],
])("a %d redirect of a %s: %s", async (status, method, expected) => {
  const { url, seen } = await server(status);
  expect(await asked(method, `${url}/from`, "words")).toBe(expected);
  expect(seen.map(({ headers }) => headers.referer)).toEqual([undefined, `${url}/from`]);
});

test.each([
  ["/%zz", 'it redirects to "/%zz": invalid URL escape "%zz"'],
  ["ftp://h/", '"ftp://h/": unsupported protocol scheme "ftp"'],
  ["/from", 'too many redirects, the last one to "/from"'],
])("the redirect to %s", async (location, expected) => {
  const { url } = await server(302, location);
  expect(await asked("GET", `${url}/from`)).toBe(expected);
});

test("an invalid URL, and a timeout of 0 or less, which is no limit", async () => {
  expect(await asked("GET", "http://a b/")).toBe('"http://a b/": invalid character " " in host name');
  const { url } = await server();
  expect(await asked("GET", url, "", 0)).toBe("200 GET ");
  expect(await asked("GET", url, "", -1)).toBe("200 GET ");
  expect(await asked("GET", url, "", 2 ** 63)).toBe("200 GET ");
});

test("a server that does not respond in time", async () => {
  const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  closing.push(() => silent.stop(true));
  expect(await asked("GET", `http://127.0.0.1:${silent.port}/`, "", 50)).toBe("no answer within 50 ms");
});
