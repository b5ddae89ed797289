import { ConfigError, UsageError } from "../common/errors.ts";
import { maskedTexts } from "../explain/masked-value.ts";
import { type Path, pathText, valueAtPath } from "../explain/paths.ts";
import { selectedPaths } from "../explain/selected-paths.ts";
import { isObject } from "../go/json.ts";
import { jsonText } from "../go/json-text.ts";
import type { JsonObject } from "../go/json-value.ts";
import { yamlText } from "../go/yaml-text.ts";
import { parseExact } from "../inputs/exact-document.ts";
import { withoutSecrets } from "../secrets/mask.ts";
import { MASK } from "../secrets/secret-names.ts";

/** How a rendered view is printed. */
export interface Notation {
  /** Whether it is the arguments of Envoy, one a line, not a document. */
  readonly isArgv: boolean;
  readonly masks: boolean;
  readonly output?: "json" | "yaml";
  /** The part to print: a pattern that selects one value. */
  readonly section?: string;
}

const INDENT = 2;

/** Returns a rendered view in another notation. @throws UsageError for a section that there is not; ConfigError for a text that cannot be read */
export function notated(text: string, { isArgv, masks, output, section }: Notation): string {
  if (isArgv) return argvText(text, masks, output);
  const parsed = parseExact(text);
  if (!parsed.ok) {
    if (output === undefined && section === undefined) return withoutSecrets(text);
    throw new ConfigError("Cannot read the bootstrap that the custom template renders", [parsed.error]);
  }
  const shown = masks ? masked(maskedTexts(parsed.value)) : parsed.value;
  const value = section === undefined ? shown : sectionOf(shown, section);
  return output === "yaml" ? yamlText(value) : `${jsonText(value, INDENT)}\n`;
}

function argvText(text: string, masks: boolean, output: Notation["output"]): string {
  const words = text.split("\n").slice(0, -1);
  const shown = masks ? words.map(withoutSecrets) : words;
  return output === undefined ? shown.map((word) => `${word}\n`).join("") : `${jsonText(shown, INDENT)}\n`;
}

function sectionOf(document: unknown, pattern: string): unknown {
  if (!isObject(document)) throw new UsageError(`There is no value at "${pattern}": the document has no members`);
  // Its scalars may be bigint, which paths do not look into.
  const root = document as JsonObject;
  const [first, ...others] = selectedPaths(root, pattern);
  if (first === undefined || others.length > 0)
    throw new UsageError(`--section must select one value: "${pattern}" selects ${choices(first === undefined ? [] : [first, ...others])}`);
  return valueAtPath(root, first);
}

const MOST_CHOICES = 5;

function choices(paths: readonly Path[]): string {
  const names = paths.slice(0, MOST_CHOICES).map(pathText).join(", ");
  return paths.length > MOST_CHOICES ? `${names} and ${paths.length - MOST_CHOICES} more` : names;
}

/** Returns a document with its secrets masked. Where the masked text cannot be read, its parts are masked one by one. */
function masked(value: unknown): unknown {
  const text = jsonText(value);
  const shown = withoutSecrets(text);
  if (shown === text) return value;
  const parsed = parseExact(shown);
  if (parsed.ok) return parsed.value;
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return MASK;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, maskedMember(name, member)]));
}

function maskedMember(name: string, member: unknown): unknown {
  const parsed = parseExact(withoutSecrets(jsonText({ [name]: member })));
  return parsed.ok && isObject(parsed.value) ? parsed.value[name] : masked(member);
}
