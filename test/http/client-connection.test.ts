import { expect, test } from "bun:test";
import { receiveResponse, requestBytes } from "../../src/http/client-connection.ts";
import { append, receiveBuffer } from "../../src/http/receive-buffer.ts";

test.each([
  [{ method: "GET", target: "/a?b", headers: [["Host", "x"]] }, "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
  [{ method: "POST", target: "/", headers: [] }, "POST / HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"],
  [{ method: "DELETE", target: "/", headers: [], body: "ä" }, "DELETE / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nä"],
  [{ method: "GET", target: "/\xe4", headers: [["X", "\xff"]] }, "GET /\xe4 HTTP/1.1\r\nX: \xff\r\nConnection: close\r\n\r\n"],
] as const)("%j is sent unchanged", (request, expected) => {
  const { body } = { body: "", ...request };
  expect(requestBytes(request).equals(Buffer.from(expected, body === "" ? "latin1" : "utf8"))).toBe(true);
});

function came(text: string, isAtEnd = false) {
  const received = receiveBuffer();
  append(received, Buffer.from(text));
  const answer = receiveResponse(received, isAtEnd, "GET");
  return answer && [answer.head.status, received.bytes.toString()];
}

test.each([
  ["", "The connection was closed without a response"],
  ["HTTP/1.1 200 OK\r\n", "The connection was closed without a response"],
  ["SSH-2.0-x\r\n\r\n", "The response is not HTTP"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "The response has an invalid length"],
])("a connection that ends after %j is an error", (text, problem) => {
  expect(() => came(text, true)).toThrow(problem);
});

test.each(["SSH-2.0-x\r\n", "S", "\x15\x03\x01", "HTTQ", "\r\n\nhttp/1.1 200 OK", "\rx"])(
  "%j is known not to be HTTP before its end",
  (text) => {
    for (const isAtEnd of [false, true]) expect(() => came(text, isAtEnd)).toThrow("The response is not HTTP");
  },
);

test.each(["", "H", "HTTP", "HTTP/", "\r", "\r\n", "\r\nHT"])("%j may become HTTP", (text) => {
  expect(came(text)).toBeUndefined();
  expect(() => came(text, true)).toThrow("The connection was closed without a response");
});

test("the head of a response may have 10 MiB", () => {
  expect(came("HTTP/1.1 200 OK\r\n")).toBeUndefined();
  expect(came(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(10 * 1_048_500)}`)).toBeUndefined();
  expect(() => came(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(10 * 1_048_576)}`)).toThrow("without a response");
  const unfinished = (length: number) => came("HTTP/1.1 200 OK\r\nX: ".padEnd(length, "y"));
  expect(unfinished(10 * 1_048_576 - 1)).toBeUndefined();
  expect(() => unfinished(10 * 1_048_576)).toThrow("without a response");
});

test("informational responses are skipped; 101 is final", () => {
  const provisional = ["100 Continue", "103 Early Hints", "199"].map((line) => `HTTP/1.1 ${line}\r\nX: y\r\n\r\n`).join("");
  expect(came(provisional)).toBeUndefined();
  for (const status of [200, 101, 500]) expect(came(`${provisional}HTTP/1.1 ${status} X\r\n\r\nbody`)).toEqual([status, "body"]);
  expect(came("HTTP/1.1 099 Odd\r\n\r\nbody")).toEqual([99, "body"]);
});
