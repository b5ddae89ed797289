import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { moveSections, PT, readNumber, sectionsOf, segmentsOf, writeSegment } from "./elf.ts";

/**
 * The runtime's modules that attache never loads: they are only reachable from those it loads, for functions it does not use. One that is
 * loaded nevertheless works, since the runtime has its source.
 */
const UNUSED =
  /^(internal:(cluster\/(?!isPrimary$)|fs\/(cp|glob)|http\/FakeSocket$|readline\/|repl\/|streams\/(iter\/|fast-utf8)|webstreams_adapters$|worker\/)|node:(_http_|child_process$|cluster$|console$|https?$|readline|vm$|worker_threads$|zlib$))/;

const FIRST_NAME = "bun:bake\0builtin://bun/bake\0";
const TRAILER = { size: 32, mark: "\n---- Bun! ----\n" } as const;
/** An embedded file: six pairs of offset and length, and flags. */
const FILE = { size: 52, pairs: 6 } as const;
const RECORD = 12;
/** Where the number of the embedded files follows the places of the tables. */
const TABLES = 28;

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Removes the bytecode of modules of the runtime that are not used (1 MB): Bun adds that of every module a used one might load.
 * The program consists of bytes (bytecode, sources, names), a table of the embedded files, a hash for each of them, and a table of the
 * modules' bytecode: a number in the runtime's list, offset and length. All offsets begin at the program's start.
 * @throws Error if the file has an unexpected layout
 */
export function dropModules(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, withoutModules(bytes, path));
  chmodSync(path, 0o755);
}

function withoutModules(bytes: Buffer, path: string): Buffer {
  const sections = sectionsOf(bytes);
  const section = sections.find(({ name, size }) => name === ".bun" && size > 8);
  if (section === undefined) throw unknownLayout(path);
  const start = section.offset + 8;
  const program = bytes.subarray(start, start + readNumber(bytes, section.offset));
  const smaller = reduced(program, namesOf(bytes, path), path);
  const removed = program.length - smaller.length;
  const end = start + program.length;
  const result = Buffer.concat([bytes.subarray(0, start), smaller, bytes.subarray(end)]);
  const moved = (offset: number) => (offset >= end ? offset - removed : offset);
  result.writeBigUInt64LE(BigInt(smaller.length), section.offset);
  moveSections(result, sections, moved);
  result.writeBigUInt64LE(BigInt(section.size - removed), moved(section.at) + 32);
  for (const each of segmentsOf(bytes))
    if (each.type === PT.load && each.offset <= section.offset && section.offset < each.offset + each.fileSize)
      writeSegment(result, each.at, { ...each, fileSize: each.fileSize - removed, memorySize: each.memorySize - removed });
  return result;
}

function reduced(program: Buffer, names: readonly string[], path: string): Buffer {
  const trailer = program.length - TRAILER.mark.length - TRAILER.size;
  const [files, filesSize] = [program.readUInt32LE(trailer + 8), program.readUInt32LE(trailer + 12)];
  const table = files + filesSize + (filesSize / FILE.size) * 4;
  const count = program.readUInt32LE(table);
  const records = Array.from({ length: count }, (_, index) => {
    const at = table + 4 + index * RECORD;
    return { at, name: names[program.readUInt32LE(at)] ?? "", offset: program.readUInt32LE(at + 4), length: program.readUInt32LE(at + 8) };
  });
  const last = table + 4 + count * RECORD;
  const next = [...records.slice(1).map(({ offset }) => offset), program.readUInt32LE(last)];
  // Each module's bytecode begins on a multiple of the same alignment, and nothing else is between two.
  const isKnown = records.every(({ offset, length, name }, index) => {
    const gap = (next[index] ?? 0) - offset - length;
    return name !== "" && gap >= 0 && gap < 256 && ((next[index] ?? 0) - offset) % 128 === 0;
  });
  const unused = records.filter(({ name }) => UNUSED.test(name));
  const isComplete = program.readUInt32LE(last + TABLES) === filesSize / FILE.size;
  if (!isKnown || !isComplete || unused.length === 0 || program.toString("latin1", trailer + TRAILER.size) !== TRAILER.mark)
    throw unknownLayout(path);

  const cuts: readonly Range[] = [
    ...unused.map((each) => ({ from: each.offset, to: next[records.indexOf(each)] ?? 0 })),
    ...unused.map(({ at }) => ({ from: at, to: at + RECORD })),
  ];
  const moved = (offset: number) => cuts.reduce((sum, { from, to }) => (to <= offset ? sum - (to - from) : sum), offset);
  const changed = Buffer.from(program);
  const move = (at: number) => changed.writeUInt32LE(moved(program.readUInt32LE(at)), at);
  for (let file = files; file < files + filesSize; file += FILE.size) for (let pair = 0; pair < FILE.pairs; pair++) move(file + pair * 8);
  for (const { at } of records) move(at + 4);
  // After the records: the strings that the modules share, another number, and two tables about the embedded files.
  for (const at of [0, 12, 20]) move(last + at);
  for (const at of [trailer, trailer + 8, trailer + 20]) move(at);
  changed.writeUInt32LE(count - unused.length, table);
  return Buffer.concat(kept(cuts, changed.length).map(({ from, to }) => changed.subarray(from, to)));
}

/** Returns what is between the cuts, which are in ascending order. */
function kept(cuts: readonly Range[], size: number): readonly Range[] {
  return [...cuts, { from: size, to: size }].map(({ from }, index) => ({ from: cuts[index - 1]?.to ?? 0, to: from }));
}

/** Returns the names of the runtime's modules in the order of their numbers. */
function namesOf(bytes: Buffer, path: string): readonly string[] {
  const start = bytes.indexOf(FIRST_NAME);
  if (start < 0 || bytes.indexOf(FIRST_NAME, start + 1) >= 0) throw unknownLayout(path);
  const names: string[] = [];
  const name = /([\w:/-]+)\0+builtin:\/\/[^\0]*\0+/y;
  const text = bytes.toString("latin1", start, start + 65_536);
  for (let found = name.exec(text); found !== null; found = name.exec(text)) names.push(found[1] ?? "");
  return names;
}

function unknownLayout(path: string): Error {
  return new Error(`Cannot drop unused modules of ${path}: it is not laid out as known; has the runtime changed?`);
}
