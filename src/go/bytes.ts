// Binary strings: each character stands for one byte, as sent over a wire or passed to the C library.

/** Encodes a text as UTF-8, one character per byte. */
export function bytesOfText(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** Decodes such bytes from UTF-8. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

/** Decodes a percent-encoded text to bytes; undefined for an invalid escape. */
export function percentDecoded(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Percent-encodes one byte. */
export function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
