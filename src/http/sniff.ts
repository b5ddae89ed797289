const SNIFFED_BYTES = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters distinguish bytes from text
const BINARY = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/;
const HTML = /^[\t\n\f\r ]*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[ >]/i;

/** Returns the content type that Go's server guesses from the first bytes of a body; undefined for an empty one. */
export function sniffedType(body: Uint8Array): string | undefined {
  if (body.length === 0) return undefined;
  const seen = Buffer.from(body.subarray(0, SNIFFED_BYTES)).toString("latin1");
  if (HTML.test(seen)) return "text/html; charset=utf-8";
  if (/^[\t\n\f\r ]*<\?xml/.test(seen)) return "text/xml; charset=utf-8";
  return BINARY.test(seen) ? "application/octet-stream" : "text/plain; charset=utf-8";
}
