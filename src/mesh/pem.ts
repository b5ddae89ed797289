/** One block of PEM: its type (such as `CERTIFICATE`), its content, and its text without a line break at the end. */
export interface PemBlock {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly text: string;
}

const BEGIN = "-----BEGIN";
const END = "-----END";
const DASHES = "-----";
const LINE = 64;

/** Returns the blocks of a text as Go finds them: what is not a whole, valid block is skipped, like text before and after blocks. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let start: { readonly at: number; readonly type: string; readonly body: number } | undefined;
  for (let at = 0; at < text.length; ) {
    const next = lineEnd(text, at);
    const line = text.slice(at, next).trimEnd();
    if (line.startsWith(`${BEGIN} `))
      start = line.endsWith(DASHES) ? { at, type: line.slice(BEGIN.length + 1, -DASHES.length), body: next } : undefined;
    else if (line.startsWith(`${END} `) && start !== undefined) {
      const bytes = line === `${END} ${start.type}${DASHES}` ? contentOf(text.slice(start.body, at)) : undefined;
      if (bytes !== undefined) blocks.push({ type: start.type, bytes, text: text.slice(start.at, at + line.length) });
      start = undefined;
    }
    at = next;
  }
  return blocks;
}

/** Returns one block in the form that Go writes: lines of 64 characters, and a line break at the end. */
export function pemText(type: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `${[`${BEGIN} ${type}${DASHES}`, ...lines, `${END} ${type}${DASHES}`].join("\n")}\n`;
}

/** Joins texts of PEM so that each starts on a line of its own (contract 1.30 §13b). */
export function joinPem(texts: readonly string[]): string {
  return texts.map((text, index) => (index === texts.length - 1 || text.endsWith("\n") ? text : `${text}\n`)).join("");
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf("\n", at);
  return found < 0 ? text.length : found + 1;
}

/** Decodes what is between the two lines, after any headers. */
function contentOf(body: string): Uint8Array | undefined {
  const lines = body.split("\n");
  const first = lines.findIndex((line) => !line.includes(":"));
  const base64 = lines
    .slice(first < 0 ? lines.length : first)
    .join("")
    .replace(/[\r\t ]/g, "");
  return base64.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? new Uint8Array(Buffer.from(base64, "base64")) : undefined;
}
