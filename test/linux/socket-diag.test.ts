import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatIp } from "../../src/go/ip.ts";
import { listenersRequest, parseListeners } from "../../src/linux/socket-diag.ts";

const SOCK_DIAG_BY_FAMILY = 20;

/** A message of the kernel: its header, then its data. */
function message(type: number, data: readonly number[]): readonly number[] {
  const length = 16 + data.length;
  return [length & 255, length >> 8, 0, 0, type, 0, 2, 0, ...Array<number>(8).fill(0), ...data];
}

/** An `inet_diag_msg` of a listening socket; the address in network order. */
function socket(family: number, address: readonly number[], port: number, inode: number): readonly number[] {
  const data = Array<number>(72).fill(0);
  data.splice(0, 2, family, 10);
  data.splice(4, 2, port >> 8, port & 255);
  data.splice(8, address.length, ...address);
  data.splice(68, 2, inode & 255, inode >> 8);
  return message(SOCK_DIAG_BY_FAMILY, data);
}

const DONE = message(3, [0, 0, 0, 0]);
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1];

test("the request is for the listening TCP sockets of a family", () => {
  const request = [...listenersRequest(10)];
  expect(request).toHaveLength(72);
  expect(request.slice(0, 8)).toEqual([72, 0, 0, 0, SOCK_DIAG_BY_FAMILY, 0, 1, 3]);
  // Family, protocol, and the bits of the states.
  expect(request.slice(16, 24)).toEqual([10, 6, 0, 0, 0, 4, 0, 0]);
  expect(request.slice(24).every((byte) => byte === 0)).toBeTrue();
});

test("the sockets of a response are returned with address, port and inode", () => {
  // The bytes need not start at the beginning of their memory.
  const bytes = Uint8Array.of(
    9,
    9,
    ...socket(2, [127, 0, 0, 1], 15_000, 258),
    ...socket(10, [0x20, 1, ...Array<number>(13).fill(0), 5], 80, 7),
    ...socket(10, MAPPED, 81, 8),
  ).subarray(2);
  const { items: sockets = [], isLast } = parseListeners(bytes) ?? {};
  expect(sockets.map(({ address, port, inode }) => [formatIp(address), port, inode])).toEqual([
    ["127.0.0.1", 15_000, "258"],
    ["2001::5", 80, "7"],
    ["127.0.0.1", 81, "8"],
  ]);
  expect(isLast).toBeFalse();
});

test("what follows the end of a response is not read, and other messages are passed over", () => {
  const bytes = Uint8Array.from([
    ...message(1, [1]),
    0,
    0,
    0,
    ...socket(2, [0, 0, 0, 0], 22, 1),
    ...DONE,
    ...socket(2, [0, 0, 0, 0], 23, 1),
  ]);
  expect(parseListeners(bytes)).toEqual({ items: [{ address: { family: 4, bytes: [0, 0, 0, 0] }, port: 22, inode: "1" }], isLast: true });
});

test.each([
  ["an error", message(2, [254, 255, 255, 255])],
  ["a message shorter than its header", [8, 0, 0, 0, ...Array<number>(12).fill(0)]],
  ["a message that is cut off", socket(2, [0, 0, 0, 0], 22, 1).slice(0, -1)],
  ["a socket that is too short", message(SOCK_DIAG_BY_FAMILY, Array<number>(71).fill(0))],
])("%s is no response", (_, bytes) => {
  expect(parseListeners(Uint8Array.from([...socket(2, [0, 0, 0, 0], 22, 1), ...bytes]))).toBeUndefined();
});

test("any bytes are parsed without an exception", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseListeners(bytes)));
});
