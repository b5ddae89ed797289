import { expect, test } from "bun:test";
import { receiveHead, requestBytes } from "../../src/http/client-connection.ts";

test.each([
  [{ method: "GET", target: "/a?b", headers: [["Host", "x"]] }, "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
  [{ method: "POST", target: "/", headers: [] }, "POST / HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"],
  [{ method: "DELETE", target: "/", headers: [], body: "ä" }, "DELETE / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nä"],
  [{ method: "GET", target: "/\xe4", headers: [["X", "\xff"]] }, "GET /\xe4 HTTP/1.1\r\nX: \xff\r\nConnection: close\r\n\r\n"],
] as const)("%j is sent as it is written", (request, expected) => {
  const { body } = { body: "", ...request };
  expect(requestBytes(request).equals(Buffer.from(expected, body === "" ? "latin1" : "utf8"))).toBe(true);
});

test.each([
  [undefined, "The connection was closed without an answer"],
  ["long", "The connection was closed without an answer"],
  ["SSH-2.0-x\r\n", "The answer is not HTTP"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n", "The answer has an unreadable length"],
])("a head of %j is an error", (text, problem) => {
  expect(() => receiveHead(text === undefined || text === "long" ? text : Buffer.from(text), "GET")).toThrow(problem);
});

test("after a provisional answer the next one comes; a change of protocol is the last", () => {
  const state = (text: string) => receiveHead(Buffer.from(text), "GET").state;
  expect(
    ["100 Continue", "103 Early Hints", "199", "099 Odd", "200 OK", "101 Switching Protocols"].map((line) => state(`HTTP/1.1 ${line}\r\n`)),
  ).toEqual(["waiting", "waiting", "waiting", ...(["receiving", "receiving", "receiving"] as const)]);
});
