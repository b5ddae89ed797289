import { withoutSecrets } from "../secrets/mask.ts";
import { isHarmless, MASK, secrecyOf } from "../secrets/secret-names.ts";

// Loaded only for messages.

const MAX_LENGTH = 60;

/** Formats a value for a message: as JSON, truncated, masked if its name marks it as secret. */
export function displayText(value: unknown, name = ""): string {
  if (isSecret(name, value)) return MASK;
  const text = JSON.stringify(limitDepth(value), (key, each: unknown) =>
    isSecret(key, each) ? MASK : typeof each === "bigint" ? Number(each) : each,
  );
  return text === undefined ? "nothing" : truncate(text);
}

/** Drops what is nested so deep that truncation would remove it, so any depth can be formatted. */
function limitDepth(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_LENGTH) return "…";
  if (Array.isArray(value)) return value.map((each) => limitDepth(each, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, limitDepth(each, depth + 1)]));
}

function isSecret(name: string, value: unknown): boolean {
  const secrecy = secrecyOf(name);
  return secrecy !== "open" && (typeof value === "object" || !isHarmless(String(value), secrecy));
}

/** Returns an excerpt of a text on one line, to show where it is invalid; masked if `whole`, the text it is from, has a secret there. */
export function excerpt(text: string, longest = MAX_LENGTH, whole = text): string {
  const masked = withoutSecrets(whole);
  const isShown = masked === whole || masked.includes(text.slice(0, longest + 1));
  const plain = (isShown ? text : MASK).replace(
    /\p{Cc}/gu,
    (found) => ESCAPES[found] ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `\`${truncate(plain, longest)}\``;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Truncates a long text. */
export function truncate(text: string, longest = MAX_LENGTH): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
