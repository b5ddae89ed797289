/** The known name nearest to a mistyped one, if one is near: at most a third of its letters differ. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = names
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter((each) => each.distance <= limit || (word.length > 3 && each.name.toLowerCase().startsWith(word.toLowerCase())));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.name;
}

/** The known name that at most so many letters of a mistyped one make; undefined where none does, or the word is one of them. */
export function within(limit: number, word: string, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly far: number } | undefined;
  for (const name of names) {
    if (Math.abs(name.length - word.length) > limit) continue;
    const far = distance(word.toLowerCase(), name.toLowerCase());
    if (name !== word && far <= (best?.far ?? limit)) best = { name, far };
  }
  return best?.name;
}

/** Levenshtein's distance, two letters in the wrong order counting as one mistake. */
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
