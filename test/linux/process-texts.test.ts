import { expect, test } from "bun:test";
import { commandLine, environmentPairs, insideUserId, processState, unixSockets } from "../../src/linux/process-texts.ts";

const stat = (name: string, state: string, flags: number) =>
  `42 (${name}) ${state} 7 42 42 0 -1 ${flags} 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 1 18446744073709551615`;

test.each([
  ["a process", stat("envoy", "S", 0x400000), false, false],
  ["a name with parentheses", stat("a) Z (b", "S", 0x400000), false, false],
  ["a zombie", stat("envoy", "Z", 0x400000), true, false],
  ["a thread of the kernel", stat("kworker/0:1", "I", 0x4208060), false, true],
])("%s", (_, text, isZombie, isKernelThread) => {
  const state = processState(text, "Name:\tx\nUid:\t1337\t0\t0\t0\n");
  expect(state).toEqual({ parent: 7, uid: 1337, isZombie, isKernelThread, startTime: "98765" });
});

test.each([
  ["", []],
  ["a\0", ["a"]],
  ["a\0\0b c\0", ["a", "", "b c"]],
  ["changed by the program", ["changed by the program"]],
])("command line %j", (text, words) => {
  expect(commandLine(text)).toEqual(words);
});

test("environment: broken entries are left out", () => {
  expect(environmentPairs("A=1\0B=\0=C\0D\0=E=5\0F=a=b\nc\0")).toEqual([
    ["A", "1"],
    ["B", ""],
    ["=E", "5"],
    ["F", "a=b\nc"],
  ]);
});

test.each([
  ["the whole range", 1337, "         0          0 4294967295\n", 1337],
  ["a container with users of its own", 101337, "0 100000 65536\n", 1337],
  ["the second line", 5, "0 1000 1\n1 5 1\n", 1],
  ["no line", 7, "0 1000 1\n", 7],
])("user ID by %s", (_, uid, map, inside) => {
  expect(insideUserId(uid, map)).toBe(inside);
});

test("Unix sockets with a path", () => {
  const table = [
    "Num       RefCount Protocol Flags    Type St Inode Path",
    "000000005c3250dd: 00000003 00000000 00000000 0001 03  1091",
    "0000000029b7b8be: 00000002 00000000 00010000 0001 01 99123 ./etc/istio/proxy/XDS",
    "0000000029b7b8bf: 00000002 00000000 00010000 0001 01     4 /a b",
  ].join("\n");
  expect(unixSockets(table)).toEqual([
    { inode: "99123", path: "./etc/istio/proxy/XDS" },
    { inode: "4", path: "/a b" },
  ]);
});
