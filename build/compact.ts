import { chmodSync, readFileSync, writeFileSync } from "node:fs";

const PT = { load: 1, note: 4 } as const;
const NOBITS = 8;

interface Section {
  readonly at: number;
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

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
  const moved = (offset: number) => (offset >= program.offset ? offset - removed : offset);
  for (const { at, offset } of sections) result.writeBigUInt64LE(BigInt(moved(offset)), moved(at) + 24);
  result.writeBigUInt64LE(BigInt(moved(number(bytes, 40))), 40);
  writeSegment(result, data.at, {
    ...data,
    fileSize: memory.offset - data.offset,
    memorySize: memory.address + memory.size - data.address,
  });
  const size = data.offset + data.fileSize - program.offset;
  writeSegment(result, note.at, { ...data, offset: start, address: program.address, fileSize: size, memorySize: size });
  return result;
}

function sectionsOf(bytes: Buffer): readonly Section[] {
  const [start, size, count, names] = [number(bytes, 40), bytes.readUInt16LE(58), bytes.readUInt16LE(60), bytes.readUInt16LE(62)];
  const texts = number(bytes, start + names * size + 24);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    const name = texts + bytes.readUInt32LE(at);
    return {
      at,
      name: bytes.toString("latin1", name, bytes.indexOf(0, name)),
      type: bytes.readUInt32LE(at + 4),
      address: number(bytes, at + 16),
      offset: number(bytes, at + 24),
      size: number(bytes, at + 32),
    };
  });
}

interface Segment {
  readonly at: number;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

function segmentsOf(bytes: Buffer): readonly Segment[] {
  const [start, size, count] = [number(bytes, 32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      at,
      type: bytes.readUInt32LE(at),
      flags: bytes.readUInt32LE(at + 4),
      offset: number(bytes, at + 8),
      address: number(bytes, at + 16),
      fileSize: number(bytes, at + 32),
      memorySize: number(bytes, at + 40),
      alignment: number(bytes, at + 48),
    };
  });
}

function writeSegment(bytes: Buffer, at: number, { type, flags, offset, address, fileSize, memorySize, alignment }: Segment): void {
  bytes.writeUInt32LE(type, at);
  bytes.writeUInt32LE(flags, at + 4);
  for (const [index, value] of [offset, address, address, fileSize, memorySize, alignment].entries())
    bytes.writeBigUInt64LE(BigInt(value), at + 8 + index * 8);
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

/** Reads a field of eight bytes; file sizes always fit a number. */
function number(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
