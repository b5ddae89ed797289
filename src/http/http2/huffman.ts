/**
 * How many bits the code of each byte has, in order, as letters from `a` for five (RFC 7541 appendix B). The codes follow from that: shorter
 * ones come first, and those of one length are in the order of the bytes.
 */
const LENGTHS =
  "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix" +
  "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrsvvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv";
const SHORTEST = 5;
const LONGEST = 30;

/** The codes of one length: the first of them, and the bytes in order. */
interface Codes {
  readonly first: number;
  readonly bytes: readonly number[];
}

let table: readonly Codes[] | undefined;

function codes(): readonly Codes[] {
  if (table !== undefined) return table;
  const byLength = Array.from({ length: LONGEST + 1 }, (): number[] => []);
  for (let byte = 0; byte < LENGTHS.length; byte++) byLength[LENGTHS.charCodeAt(byte) - 97 + SHORTEST]?.push(byte);
  let next = 0;
  table = byLength.map((bytes) => {
    const first = next * 2;
    next = first + bytes.length;
    return { first, bytes };
  });
  return table;
}

/**
 * Decodes a Huffman-coded text as Latin-1. Returns undefined if it is invalid: it must end with less than eight bits of padding, all of
 * them ones; the code of thirty ones has no byte (RFC 7541 §5.2).
 */
export function decodeHuffman(coded: Uint8Array): string | undefined {
  const byLength = codes();
  const decoded = new Uint8Array(Math.floor((coded.length * 8) / SHORTEST));
  let size = 0;
  let code = 0;
  let length = 0;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const known = byLength[length];
      if (known === undefined) return undefined;
      const found = known.bytes[code - known.first];
      if (found === undefined) continue;
      decoded[size++] = found;
      code = 0;
      length = 0;
    }
  }
  if (length > 7 || code !== 2 ** length - 1) return undefined;
  return Buffer.from(decoded.buffer, 0, size).toString("latin1");
}
