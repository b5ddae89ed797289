/** How many characters are kept of a text: the other side of a connection can send any. */
const LONGEST = 1_000;

/** Returns what is kept of a text from the other side of a connection, or of one that contains such a text. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Returns such a text for a line of the log. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, LONGEST)
    .trim()
    .replace(/\s*\n\s*/g, "; ");
  return text.length > LONGEST ? `${line}…` : line;
}
