/** Types of segments and of sections without bytes in the file (elf(5)). */
export const PT = { load: 1, note: 4 } as const;
export const NOBITS = 8;

export interface Section {
  /** Where its header is. */
  readonly at: number;
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** Returns the sections of an executable. */
export function sectionsOf(bytes: Buffer): readonly Section[] {
  const [start, size, count, names] = [readNumber(bytes, 40), bytes.readUInt16LE(58), bytes.readUInt16LE(60), bytes.readUInt16LE(62)];
  const texts = readNumber(bytes, start + names * size + 24);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    const name = texts + bytes.readUInt32LE(at);
    return {
      at,
      name: bytes.toString("latin1", name, bytes.indexOf(0, name)),
      type: bytes.readUInt32LE(at + 4),
      address: readNumber(bytes, at + 16),
      offset: readNumber(bytes, at + 24),
      size: readNumber(bytes, at + 32),
    };
  });
}

export interface Segment {
  /** Where its header is. */
  readonly at: number;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

/** Returns the segments of an executable. */
export function segmentsOf(bytes: Buffer): readonly Segment[] {
  const [start, size, count] = [readNumber(bytes, 32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      at,
      type: bytes.readUInt32LE(at),
      flags: bytes.readUInt32LE(at + 4),
      offset: readNumber(bytes, at + 8),
      address: readNumber(bytes, at + 16),
      fileSize: readNumber(bytes, at + 32),
      memorySize: readNumber(bytes, at + 40),
      alignment: readNumber(bytes, at + 48),
    };
  });
}

/** Writes a segment's header. */
export function writeSegment(
  bytes: Buffer,
  at: number,
  { type, flags, offset, address, fileSize, memorySize, alignment }: Omit<Segment, "at">,
): void {
  bytes.writeUInt32LE(type, at);
  bytes.writeUInt32LE(flags, at + 4);
  for (const [index, value] of [offset, address, address, fileSize, memorySize, alignment].entries())
    bytes.writeBigUInt64LE(BigInt(value), at + 8 + index * 8);
}

/** Moves the offsets of sections whose bytes were moved within the file; section headers may be among them. */
export function moveSections(bytes: Buffer, sections: readonly Section[], moved: (offset: number) => number): void {
  for (const { at, offset } of sections) bytes.writeBigUInt64LE(BigInt(moved(offset)), moved(at) + 24);
  bytes.writeBigUInt64LE(BigInt(moved(readNumber(bytes, 40))), 40);
}

/** Reads a field of eight bytes; file sizes always fit a number. */
export function readNumber(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
