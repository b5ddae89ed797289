/** The type of a program file, from its first bytes. */
export type ProgramFile =
  | { readonly kind: "empty" }
  /** `interpreter`: the path after `#!`. */
  | { readonly kind: "script"; readonly interpreter: string }
  /** A native program; `loader` is the path of its dynamic loader, absent in static programs. */
  | { readonly kind: "elf"; readonly machine: string; readonly isObject: boolean; readonly loader?: string }
  | { readonly kind: "text" }
  | { readonly kind: "other" };

/** How many bytes of a file to read. */
export const PROGRAM_HEAD_BYTES = 4_096;

/** Machine names as in uname and container images, by ELF number. */
const MACHINES: Readonly<Record<number, string>> = {
  3: "x86",
  8: "mips",
  20: "ppc",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x86_64",
  183: "aarch64",
  243: "riscv64",
  258: "loongarch64",
};
const PT_INTERP = 3;
const ET_REL = 1;

/** Returns the type of a file by its first bytes. */
export function programFile(head: Uint8Array): ProgramFile {
  if (head.length === 0) return { kind: "empty" };
  if (startsWith(head, [0x7f, 0x45, 0x4c, 0x46]) && head.length >= 52) return elf(head);
  if (startsWith(head, [0x23, 0x21])) return { kind: "script", interpreter: interpreterOf(latin1(head)) };
  return head.includes(0) ? { kind: "other" } : { kind: "text" };
}

function startsWith(bytes: Uint8Array, first: readonly number[]): boolean {
  return first.every((byte, at) => bytes[at] === byte);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function interpreterOf(text: string): string {
  return /^#![ \t]*([^ \t\r\n]*)/.exec(text)?.[1] ?? "";
}

/** Reads the ELF header, and the program headers for the loader (elf(5)). */
function elf(head: Uint8Array): ProgramFile {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [is64, little] = [head[4] === 2, head[5] !== 2];
  const half = (at: number) => (at + 2 <= head.length ? view.getUint16(at, little) : 0);
  const word = (at: number) => {
    if (is64) return at + 8 <= head.length ? Number(view.getBigUint64(at, little)) : 0;
    return at + 4 <= head.length ? view.getUint32(at, little) : 0;
  };
  const machine = half(18);
  const [table, size, count] = is64 ? [word(32), half(54), half(56)] : [word(28), half(42), half(44)];
  const known = { kind: "elf", machine: MACHINES[machine] ?? `machine ${machine}`, isObject: half(16) === ET_REL } as const;
  for (let at = table; at < table + size * count && at + size <= head.length && size > 0; at += size) {
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const [from, length] = is64 ? [word(at + 8), word(at + 32)] : [word(at + 4), word(at + 16)];
    const loader = latin1(head.subarray(from, from + Math.max(0, length - 1)));
    return loader === "" ? known : { ...known, loader };
  }
  return known;
}

/** Returns why the kernel cannot execute a file; undefined if its first bytes do not show it. */
export function notExecutableReason(file: ProgramFile, machine: string): string | undefined {
  switch (file.kind) {
    case "empty":
      return "the file is empty";
    case "text":
      return "it is a text file without #! in its first line";
    case "script":
      return undefined;
    case "elf":
      if (file.machine !== machine) return `it is a program for ${file.machine}, but this machine is ${machine}`;
      return file.isObject ? "it is an object file, not a program" : undefined;
    case "other":
      return "it is not a program";
  }
}

/** Returns the other program a file needs to run: its interpreter or loader. */
export function requiredProgram(file: ProgramFile): { readonly what: "interpreter" | "loader"; readonly path: string } | undefined {
  if (file.kind === "script" && file.interpreter !== "") return { what: "interpreter", path: file.interpreter };
  return file.kind === "elf" && file.loader !== undefined ? { what: "loader", path: file.loader } : undefined;
}
