import { readFileSync } from "node:fs";

/** Size of a file in MB: as it is, and as a layer of an image is sent. */
export interface Size {
  readonly raw: number;
  readonly gzip: number;
  readonly zstd: number;
}

export function measureSize(path: string): Size {
  const bytes = readFileSync(path);
  return {
    raw: bytes.length / 1e6,
    gzip: Bun.gzipSync(bytes, { level: 6 }).length / 1e6,
    zstd: Bun.zstdCompressSync(bytes, { level: 3 }).length / 1e6,
  };
}
