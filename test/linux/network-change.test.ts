import { describe, expect, test } from "bun:test";
import { answeredError } from "../../src/linux/netlink.ts";
import { changeRequest } from "../../src/linux/network-change.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

// The layout is that of rtnetlink(7), in the byte order of x86-64 and arm64.
describe("messages of rtnetlink", () => {
  test("an address of lo", () => {
    const address = "00000000000000000000000000000006";
    expect(hex(changeRequest({ kind: "address", address: "::6", bits: 128 }))).toBe(
      `40000000140005060100000000000000${"0a80000001000000"}${`14000200${address}`}${`14000100${address}`}`,
    );
  });

  test("a rule", () => {
    expect(hex(changeRequest({ kind: "rule", family: 4, mark: 1337, table: 133 }))).toBe(
      "24000000200005040100000000000000020000008500000100000000" + "08000a0039050000",
    );
  });

  test("a route", () => {
    expect(hex(changeRequest({ kind: "route", family: 6, table: 133 }))).toBe(
      "240000001800050601000000000000000a0000008503fe0200000000" + "0800040001000000",
    );
  });

  test("a table beyond one byte is an attribute", () => {
    expect(hex(changeRequest({ kind: "route", family: 4, table: 1000 }))).toEndWith("0800040001000000" + "08000f00e8030000");
    expect(hex(changeRequest({ kind: "rule", family: 4, mark: 1, table: 1000 }))).toEndWith("08000a0001000000" + "08000f00e8030000");
  });
});

describe("answers", () => {
  const answer = (type: number, error: number) => {
    const view = new DataView(new ArrayBuffer(36));
    view.setUint16(4, type, true);
    view.setInt32(16, error, true);
    return new Uint8Array(view.buffer);
  };

  test("success, an error, and none", () => {
    expect([answer(2, 0), answer(2, -17), answer(3, 0), new Uint8Array(10)].map(answeredError)).toEqual([0, 17, undefined, undefined]);
  });
});
