const MASK = "***";

// Compiling the patterns costs more than all the rest of a log line, and few lines hold a word that can make one match.
const HINTS = ["private key", "token", "passw", "secret", "key", "authorization", "inline_", "bearer", "basic", "://"];

const rules = (): readonly (readonly [RegExp, string])[] => [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [
    /(["']?(?:access_?token|password|passwd|secret|api_?key|private_?key|authorization|client_?secret|inline_(?:string|bytes))["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}\]]+)/gi,
    `$1"${MASK}"`,
  ],
  [/\b(Bearer|Basic) +[A-Za-z0-9+/_.~=-]+/g, `$1 ${MASK}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@"]+:)[^\s/@"]+@/gi, `$1${MASK}@`],
];

/** A text for the log with what looks like a token, key or password taken out (design §6). */
export function maskSecrets(text: string): string {
  const lower = text.toLowerCase();
  for (const hint of HINTS)
    if (lower.includes(hint)) return rules().reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
  return text;
}
