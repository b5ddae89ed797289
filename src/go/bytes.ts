// Texts whose characters stand for bytes, as they go over a wire or to the C library.

/** The bytes of a text in UTF-8, each as one character. */
export function bytesOfText(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** The text that such bytes are in UTF-8. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

/** The bytes of a percent-encoded text; undefined for a broken escape. */
export function percentDecoded(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** The escape of one byte. */
export function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
