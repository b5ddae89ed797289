import { withoutSecrets } from "../secrets/mask.ts";
import { isHarmless, secrecyOf } from "../secrets/secret-names.ts";

// Loaded for messages only.

const LONGEST = 60;
const MASK = "***";

/** A value as a message shows it: JSON, cut where it is long, and without what its name says is secret. */
export function shown(value: unknown, name = ""): string {
  if (isSecret(name, value)) return MASK;
  const text = JSON.stringify(shallow(value), (key, each: unknown) =>
    isSecret(key, each) ? MASK : typeof each === "bigint" ? Number(each) : each,
  );
  return text === undefined ? "nothing" : cut(text);
}

/** A value without what lies so deep that the cut leaves nothing of it: however deep a text nests, a message can show it. */
function shallow(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > LONGEST) return "…";
  if (Array.isArray(value)) return value.map((each) => shallow(each, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shallow(each, depth + 1)]));
}

function isSecret(name: string, value: unknown): boolean {
  const secrecy = secrecyOf(name);
  return secrecy !== "open" && (typeof value === "object" || !isHarmless(String(value), secrecy));
}

/** A piece of a text in one line, for a message that shows where it goes wrong; nothing of it where `whole`, the text it is from, has a secret there. */
export function excerpt(text: string, longest = LONGEST, whole = text): string {
  const masked = withoutSecrets(whole);
  const isShown = masked === whole || masked.includes(text.slice(0, longest + 1));
  const plain = (isShown ? text : MASK).replace(
    /\p{Cc}/gu,
    (found) => ESCAPES[found] ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `\`${cut(plain, longest)}\``;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The beginning of a long text. */
export function cut(text: string, longest = LONGEST): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
