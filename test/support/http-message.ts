/** Returns the headers of a message by lower-case name; the last of duplicates. */
export function headersIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** Reads a chunked body from an offset, with the offset of its end; "more" if it is incomplete, "broken" if it is invalid. */
export function readChunks(bytes: Buffer, from: number): { readonly body: Buffer; readonly length: number } | "more" | "broken" {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return "more";
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (Number.isNaN(size)) return "broken";
    if (size === 0) {
      const end = trailerEnd(bytes, lineEnd + 2);
      return end === undefined ? "more" : { body: Buffer.concat(parts), length: end };
    }
    const dataEnd = lineEnd + 2 + size;
    if (bytes.length < dataEnd + 2) return "more";
    parts.push(bytes.subarray(lineEnd + 2, dataEnd));
    at = dataEnd + 2;
  }
}

/** Trailers end with an empty line, which follows directly if there are none. */
function trailerEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.toString("latin1", at, at + 2) === "\r\n") return at + 2;
  const end = bytes.indexOf("\r\n\r\n", at);
  return end < 0 ? undefined : end + 4;
}
