import { pemBlocks } from "./pem.ts";

/** Returns the certificates of several texts of PEM, each once and sorted, as one text (contract 1.30 §13a). */
export function mergeRoots(texts: readonly string[]): string {
  const blocks = texts.flatMap(pemBlocks).filter((block) => block.bytes.length > 0);
  return [...new Set(blocks.map((block) => block.text))].sort().join("\n");
}
