// Few lines contain a name or prefix of a secret. The rules cost more than the rest of a log line, so they are loaded only for those.
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
  "sk-",
  "_live_",
  "_test_",
  "aiza",
  "ya29",
  "hvs.",
  "hvb.",
  "sg.",
  "npm_",
  "pypi-",
  "dop_v1",
  "dckr_",
  "ls0t",
  "slack",
  "{sha}",
  "$apr1",
  "$2",
  "\\u00",
  "\\x",
];

/** Returns a text for logs or other readers with tokens, keys and passwords masked. */
export function maskSecrets(text: string): string {
  return isSuspect(text) ? rules().maskText(text) : text;
}

/**
 * Returns Envoy's arguments as one text for the log, with secrets masked. A configuration in block YAML is masked before its lines are
 * joined.
 */
export function commandText(args: readonly string[]): string {
  const isBlock = (text: string, index: number) => args[index - 1] === "--config-yaml" && !/^\s*[{[]/.test(text);
  return args.map((each, index) => (isBlock(each, index) && isSuspect(each) ? rules().maskDocument(each) : each)).join(" ");
}

/** Returns a JSON or YAML document, possibly broken, with its secrets masked. */
export function withoutSecrets(document: string): string {
  if (!isSuspect(document)) return document;
  const { maskDocument, maskText } = rules();
  return maskText(maskDocument(document));
}

function isSuspect(text: string): boolean {
  // A name may be folded inside a quoted scalar, or escaped.
  const lower = (text.includes("\\\n") ? text.replace(/\\\n[ \t]*/g, "") : text).toLowerCase();
  for (const hint of NAMES) if (lower.includes(hint)) return true;
  for (const hint of SHAPES) if (lower.includes(hint)) return true;
  return lower.includes("://") && /[@?#]/.test(lower);
}

function rules(): typeof import("./mask-rules.ts") {
  return require("./mask-rules.ts");
}
