// Few lines hold a word that may name a secret, or the beginning of one; the rules, which cost more than all the rest of a line, are loaded for those.
const NAMES = [
  "token",
  "secret",
  "pass",
  "pwd",
  "psk",
  "credential",
  "key",
  "auth",
  "cookie",
  "jwt",
  "assertion",
  "signature",
  "connection",
  "kty",
  "--user",
  " -u ",
];
const SHAPES = [
  "bearer",
  "basic",
  "negotiate",
  "eyj",
  "akia",
  "asia",
  "ghp_",
  "gho_",
  "ghs_",
  "ghu_",
  "ghr_",
  "github_",
  "glpat",
  "xox",
].concat(
  ["sk-", "_live_", "_test_", "aiza", "ya29", "hvs.", "hvb.", "sg.", "npm_", "pypi-", "dop_v1", "dckr_"],
  ["ls0t", "slack", "{sha}", "$apr1", "$2", "\\u00", "\\x"],
);

/** A text for the log, or for anybody else to read, with tokens, keys and passwords taken out. */
export function maskSecrets(text: string): string {
  return isSuspect(text) ? rules().maskText(text) : text;
}

/** Envoy's arguments as one text for the log, which takes out what is secret. A configuration in block YAML loses it here: within a line it is no document any more. */
export function commandText(args: readonly string[]): string {
  const isBlock = (text: string, index: number) => args[index - 1] === "--config-yaml" && !/^\s*[{[]/.test(text);
  return args.map((each, index) => (isBlock(each, index) && isSuspect(each) ? rules().maskDocument(each) : each)).join(" ");
}

/** A document, JSON or YAML, that may be broken, with its secrets taken out. */
export function withoutSecrets(document: string): string {
  if (!isSuspect(document)) return document;
  const { maskDocument, maskText } = rules();
  return maskText(maskDocument(document));
}

function isSuspect(text: string): boolean {
  // A name may be folded within a quoted text, or written with escapes.
  const lower = (text.includes("\\\n") ? text.replace(/\\\n[ \t]*/g, "") : text).toLowerCase();
  for (const hint of NAMES) if (lower.includes(hint)) return true;
  for (const hint of SHAPES) if (lower.includes(hint)) return true;
  return lower.includes("://") && /[@?#]/.test(lower);
}

function rules(): typeof import("./mask-rules.ts") {
  return require("./mask-rules.ts");
}
