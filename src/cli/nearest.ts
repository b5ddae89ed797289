/** Returns the known name most similar to a misspelled one, if at most a third of its letters differ. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = names
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter((each) => each.distance <= limit || (word.length > 3 && each.name.toLowerCase().startsWith(word.toLowerCase())));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.name;
}

/** Returns the known name most similar to a word, if at most `limit` letters differ; undefined for a known name. */
export function nearestWithin(limit: number, word: string, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  const own = lettersOf(word);
  for (const name of names) {
    if (Math.abs(name.length - word.length) > limit || bits(own ^ lettersOf(name)) > 2 * limit) continue;
    const letters = distance(word.toLowerCase(), name.toLowerCase());
    if (name !== word && letters <= (best?.distance ?? limit)) best = { name, distance: letters };
  }
  return best?.name;
}

/** Returns which letters a word has, as bits. A letter that differs changes two bits at most, which is faster than the distance. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) & 31);
  return letters;
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Returns the Levenshtein distance, in which two swapped letters count as one difference. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  let before = row;
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, change, isSwapped ? (before[j - 2] ?? 0) + 1 : change);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
