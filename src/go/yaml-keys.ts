import { type Cursor, failure, type Mark, markOf } from "./yaml-cursor.ts";

/** Maximum length of a key without a question mark, which also must not span lines. */
const LONGEST_KEY = 1024;

/** A place where a key without a question mark may start, which a colon after it decides: a "simple key" of libyaml. */
interface SimpleKey {
  isPossible: boolean;
  /** Whether the scanner waits for what follows before it takes the first token. */
  isListed: boolean;
  /** Whether nothing else is allowed there. */
  readonly isRequired: boolean;
  /** The number of its first token. */
  readonly token: number;
  readonly mark: Mark;
}

const NO_KEY: SimpleKey = { isPossible: false, isListed: false, isRequired: false, token: -1, mark: { at: 0, line: 0, column: 0 } };

/** The possible keys of a text up to the cursor: one for each level of brackets. All throw YamlFailure if a required key has no colon. */
export interface SimpleKeys {
  /** The number of open brackets. */
  readonly depth: () => number;
  /** Enters brackets that open with the token of a number. */
  readonly openBracket: (token: number) => void;
  readonly closeBracket: () => void;
  /** Records that a key may start at the cursor, with the token of a number. */
  readonly save: (token: number, isRequired: boolean) => void;
  /** Decides that what was saved in the current brackets is not a key. */
  readonly drop: () => void;
  /** Returns the possible key of the current brackets, which a colon now makes a key. */
  readonly take: () => Pick<SimpleKey, "token" | "mark"> | undefined;
  /** Returns whether a key may still start at the token of a number. */
  readonly mayStartAt: (token: number) => boolean;
}

/** Creates the possible keys of a text that is about to be scanned. */
export function simpleKeys(cursor: Cursor): SimpleKeys {
  // Deeper levels start at later tokens, and tokens are taken in order: levels before the lowest start at tokens that were taken.
  const keys: SimpleKey[] = [NO_KEY];
  let lowest = 0;
  const current = () => keys[keys.length - 1] ?? NO_KEY;
  const isStillPossible = (key: SimpleKey) => {
    if (!key.isPossible) return false;
    if (key.mark.line === cursor.line && key.mark.column + LONGEST_KEY >= cursor.column) return true;
    if (key.isRequired) throw failure(markOf(cursor), "could not find expected ':'");
    key.isPossible = false;
    return false;
  };
  const drop = () => {
    const key = current();
    if (!key.isPossible) return;
    if (key.isRequired) throw failure(markOf(cursor), "could not find expected ':'");
    key.isPossible = false;
  };
  return {
    depth: () => keys.length - 1,
    openBracket: (token) => void keys.push({ ...NO_KEY, token }),
    closeBracket() {
      if (keys.length === 1) return;
      const closed = keys.pop();
      // As in yaml.v2, brackets without a key inside are forgotten as the start of a key around them.
      const around = current();
      if (around.token === closed?.token) around.isListed = false;
      lowest = Math.min(lowest, keys.length - 1);
    },
    save(token, isRequired) {
      drop();
      keys[keys.length - 1] = { isPossible: true, isListed: true, isRequired, token, mark: markOf(cursor) };
    },
    drop,
    take() {
      const key = current();
      if (!isStillPossible(key)) return undefined;
      key.isPossible = false;
      return key;
    },
    mayStartAt(token) {
      while (lowest < keys.length - 1 && (keys[lowest]?.token ?? 0) < token) lowest++;
      const key = keys[lowest];
      return key?.token === token && key.isListed && isStillPossible(key);
    },
  };
}
