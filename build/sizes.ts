import { readFileSync } from "node:fs";

/** Sizes of a file in MB (10^6 bytes): raw, and compressed as image layers are, at the usual levels. */
export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly zstd: number;
}

export function sizesOf(path: string): Sizes {
  return sizesOfBytes(readFileSync(path));
}

export function sizesOfBytes(bytes: Uint8Array<ArrayBuffer>): Sizes {
  return {
    raw: bytes.length / 1e6,
    gzip: Bun.gzipSync(bytes, { level: 6 }).length / 1e6,
    zstd: Bun.zstdCompressSync(bytes, { level: 3 }).length / 1e6,
  };
}

/** Formats a Markdown table of sizes. */
export function sizeTable(rows: readonly (readonly [name: string, sizes: Sizes])[]): string {
  const lines = rows.map(([name, { raw, gzip, zstd }]) => `| ${name} | ${[raw, gzip, zstd].map((mb) => mb.toFixed(1)).join(" | ")} |`);
  return ["| | raw MB | gzip -6 | zstd -3 |", "|---|---|---|---|", ...lines].join("\n");
}
