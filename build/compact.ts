import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { moveSections, NOBITS, PT, sectionsOf, segmentsOf, writeSegment } from "./elf.ts";

/**
 * Removes the zeros that Bun writes for the runtime's uninitialized memory (1.8 MB): Bun appends the program after that memory in the same
 * segment, so the memory takes space in the file. The program gets its own segment, which replaces the unused note with the build id
 * (elf(5)).
 * @throws Error if the file has an unexpected layout
 */
export function compact(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, compacted(bytes, path));
  chmodSync(path, 0o755);
}

function compacted(bytes: Buffer, path: string): Buffer {
  const sections = sectionsOf(bytes);
  const memory = only(sections, ({ name, type }) => name === ".bss" && type === NOBITS, path);
  const program = only(sections, ({ name, size }) => name === ".bun" && size > 8, path);
  const headers = segmentsOf(bytes);
  const data = only(
    headers,
    ({ type, offset, fileSize }) => type === PT.load && offset < program.offset && program.offset < offset + fileSize,
    path,
  );
  const note = only(headers, ({ type }) => type === PT.note, path);
  // A segment's file offset and address must be equal modulo the page size.
  const start = memory.offset + mod(program.address - memory.offset, data.alignment);
  const removed = program.offset - start;
  if (removed <= 0 || program.address < memory.address + memory.size || !isZero(bytes, memory.offset, program.offset))
    throw new Error(`Cannot compact ${path}: it is not laid out as known; has the runtime changed?`);

  const result = Buffer.concat([bytes.subarray(0, memory.offset), Buffer.alloc(start - memory.offset), bytes.subarray(program.offset)]);
  moveSections(result, sections, (offset) => (offset >= program.offset ? offset - removed : offset));
  writeSegment(result, data.at, {
    ...data,
    fileSize: memory.offset - data.offset,
    memorySize: memory.address + memory.size - data.address,
  });
  const size = data.offset + data.fileSize - program.offset;
  writeSegment(result, note.at, { ...data, offset: start, address: program.address, fileSize: size, memorySize: size });
  return result;
}

function only<T>(all: readonly T[], isWanted: (each: T) => boolean, path: string): T {
  const [found, ...more] = all.filter(isWanted);
  if (found === undefined || more.length > 0)
    throw new Error(`Cannot compact ${path}: it is not laid out as known; has the runtime changed?`);
  return found;
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  return bytes.subarray(from, to).every((byte) => byte === 0);
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
