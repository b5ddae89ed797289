/**
 * One line of plain YAML: an indent and either a key with or without a value, or a list item. Keys start with a letter, so none is a
 * number.
 */
const LINE = /^( *)(?:([A-Za-z][A-Za-z0-9_./-]{0,127}):(?: ([^ ].*))?|- ([^ ].*))$/;
// Texts that are strings in YAML 1.1 and contain no end of a scalar: a colon or hash only inside a word.
const TEXT = /^[A-Za-z/](?:[A-Za-z0-9_./%@+=,~-]|:(?=[A-Za-z0-9/])| (?=[A-Za-z0-9/]))*$/;
const WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const COUNT = /^(?:0|[1-9][0-9]{0,14})$/;
const OTHER = /^(?:[0-9]+(?:ms|[smh])|[0-9]+(?:\.[0-9]+){3}(?::[0-9]+)?)$/;
const QUOTED = /^(?:"[^"\\]*"|'[^']*')$/;
const STRANGE = /[^\n -~]/;

type Members = Record<string, unknown>;

/** A mapping or list under a key, with the column its lines start at. */
interface Level {
  readonly indent: number;
  readonly members?: Members;
  readonly items?: unknown[];
}

/**
 * Parses YAML in its most common form: block mappings and lists of scalars, one per line. Returns undefined for anything else, valid or
 * not, which needs the full parser, a larger cost at start. Objects have no prototype; the last duplicate key wins.
 */
export function readPlainYaml(text: string): unknown {
  const root: Members = Object.create(null);
  const levels: Level[] = [{ indent: 0, members: root }];
  // The key whose value may start on the next line.
  let pendingKey: { readonly members: Members; readonly key: string; readonly indent: number } | undefined;
  for (let start = 0, end = 0; end < text.length; start = end + 1) {
    end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    if (/^ *(?:#|$)/.test(line)) continue;
    const found = LINE.exec(line);
    if (found === null) return undefined;
    const [, spaces = "", key, value, item] = found;
    const indent = spaces.length;
    if (pendingKey !== undefined && (indent > pendingKey.indent || (indent === pendingKey.indent && item !== undefined))) {
      const level: Level = item === undefined ? { indent, members: Object.create(null) } : { indent, items: [] };
      pendingKey.members[pendingKey.key] = level.members ?? level.items;
      levels.push(level);
    } else {
      while (levels.length > 1 && !belongsTo(levels[levels.length - 1], indent, item)) levels.pop();
    }
    pendingKey = undefined;
    const level = levels[levels.length - 1];
    if (level === undefined || !belongsTo(level, indent, item)) return undefined;
    const scalar = scalarOf(item ?? value);
    if (scalar === undefined) return undefined;
    if (item !== undefined) level.items?.push(scalar);
    else if (key === undefined || level.members === undefined || WORD.test(key)) return undefined;
    else {
      level.members[key] = scalar;
      if (value === undefined) pendingKey = { members: level.members, key, indent };
    }
  }
  return Object.keys(root).length === 0 || STRANGE.test(text) ? undefined : root;
}

/** Returns whether a line belongs to a level: items to a list, keys to a mapping. */
function belongsTo(level: Level | undefined, indent: number, item: string | undefined): boolean {
  return level?.indent === indent && (level.items === undefined) === (item === undefined);
}

/** Returns undefined for a scalar that is not plain. */
function scalarOf(text: string | undefined): unknown {
  if (text === undefined) return null;
  if (TEXT.test(text)) {
    if (!WORD.test(text)) return text;
    return text === "true" ? true : text === "false" ? false : undefined;
  }
  if (COUNT.test(text)) return Number(text);
  if (OTHER.test(text)) return text;
  if (QUOTED.test(text)) return text.slice(1, -1);
  return undefined;
}
