import { expect, test } from "bun:test";
import { notExecutableReason, type ProgramFile, programFile, requiredProgram } from "../../src/linux/program-file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Creates the head of a 64-bit little-endian or 32-bit big-endian program, optionally with a loader. */
function elf(machine: number, { is64 = true, type = 2, loader = "" } = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(256));
  const put = (at: number, value: number, size: 2 | 4 | 8) => {
    if (size === 2) view.setUint16(at, value, is64);
    else if (size === 4) view.setUint32(at, value, is64);
    else view.setBigUint64(at, BigInt(value), is64);
  };
  const word = (at: number, value: number) => put(at, value, is64 ? 8 : 4);
  new Uint8Array(view.buffer).set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, is64 ? 1 : 2, 1]);
  put(16, type, 2);
  put(18, machine, 2);
  const [table, size] = is64 ? [64, 56] : [52, 32];
  word(is64 ? 32 : 28, table);
  put(is64 ? 54 : 42, size, 2);
  put(is64 ? 56 : 44, loader === "" ? 0 : 2, 2);
  if (loader !== "") {
    const at = table + size;
    put(at, 3, 4);
    word(at + (is64 ? 8 : 4), 200);
    word(at + (is64 ? 32 : 16), loader.length + 1);
    new Uint8Array(view.buffer).set(bytes(loader), 200);
  }
  return new Uint8Array(view.buffer);
}

test.each<[string, Uint8Array, ProgramFile]>([
  ["nothing", bytes(""), { kind: "empty" }],
  ["a script", bytes("#! /bin/sh -e\necho\n"), { kind: "script", interpreter: "/bin/sh" }],
  ["a script for Windows", bytes("#!/bin/sh\r\n"), { kind: "script", interpreter: "/bin/sh" }],
  ["a script without interpreter", bytes("#!\n"), { kind: "script", interpreter: "" }],
  ["a string", bytes("echo hello\n"), { kind: "text" }],
  ["bytes", Uint8Array.of(1, 0, 2), { kind: "other" }],
  ["the beginning of an ELF header", elf(62).subarray(0, 20), { kind: "other" }],
  ["a program", elf(62, { loader: "/lib64/ld.so" }), { kind: "elf", machine: "x86_64", isObject: false, loader: "/lib64/ld.so" }],
  ["a static program", elf(183), { kind: "elf", machine: "aarch64", isObject: false }],
  ["one of 32 bits, big end first", elf(20, { is64: false, loader: "/l" }), { kind: "elf", machine: "ppc", isObject: false, loader: "/l" }],
  ["one for a machine without a name here", elf(999), { kind: "elf", machine: "machine 999", isObject: false }],
  ["an object file", elf(62, { type: 1 }), { kind: "elf", machine: "x86_64", isObject: true }],
])("%s", (_, head, file) => {
  expect(programFile(head)).toEqual(file);
});

test.each<[ProgramFile, string | undefined]>([
  [{ kind: "empty" }, "the file is empty"],
  [{ kind: "text" }, "it is a text file without #! in its first line"],
  [{ kind: "other" }, "it is not a program"],
  [{ kind: "script", interpreter: "/bin/sh" }, undefined],
  [{ kind: "elf", machine: "x86_64", isObject: false }, undefined],
  [{ kind: "elf", machine: "x86_64", isObject: true }, "it is an object file, not a program"],
  [{ kind: "elf", machine: "aarch64", isObject: false }, "it is a program for aarch64, but this machine is x86_64"],
])("why a kernel for x86_64 cannot execute %j", (file, why) => {
  expect(notExecutableReason(file, "x86_64")).toBe(why);
});

test("a script needs its interpreter, a program its loader", () => {
  expect(requiredProgram({ kind: "script", interpreter: "/bin/sh" })).toEqual({ what: "interpreter", path: "/bin/sh" });
  expect(requiredProgram({ kind: "elf", machine: "x86_64", isObject: false, loader: "/l" })).toEqual({ what: "loader", path: "/l" });
  for (const file of [{ kind: "script", interpreter: "" }, { kind: "elf", machine: "x86_64", isObject: false }, { kind: "text" }] as const)
    expect(requiredProgram(file)).toBeUndefined();
});
