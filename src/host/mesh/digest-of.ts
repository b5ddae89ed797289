/** Returns what differs for different content, and is short. */
export function digestOf(content: Uint8Array | string): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("base64");
}
