// Loaded for messages only.

const LONGEST = 60;
const MASK = "***";
const SECRET = /token$|secret|passw|credential$|api_?key|authorization/i;

/** A value as a message shows it: JSON, cut where it is long, and without what its name says is secret. */
export function shown(value: unknown, name = ""): string {
  if (SECRET.test(name)) return MASK;
  const text = JSON.stringify(value, (key, each: unknown) => (SECRET.test(key) ? MASK : typeof each === "bigint" ? Number(each) : each));
  return text === undefined ? "nothing" : cut(text);
}

/** A piece of a text in one line, for a message that shows where it goes wrong. */
export function excerpt(text: string, longest = LONGEST): string {
  const plain = text.replace(/\p{Cc}/gu, (found) => ESCAPES[found] ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `\`${cut(plain, longest)}\``;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function cut(text: string, longest = LONGEST): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
