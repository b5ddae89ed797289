/** What a secret is replaced with. */
export const MASK = "***";

/**
 * What a name means for its value: not secret (`open`); a secret with everything below it; a container of secrets; or a secret if the
 * value is a string.
 */
export type Secrecy = "open" | "secret" | "secrets" | "text";

// Names are compared in lower case and without separators, so camelCase, snake_case and kebab-case are equal.
const QUALIFIED_KEY =
  "(?:api|app|application|access|secret|private|sign|signing|signature|encrypt|encryption|decrypt|decryption|crypto|cipher|master|shared|account|auth|" +
  "authentication|authorization|session|hmac|license|ssh|service|subscription|symmetric|client|consumer|token|storage|deploy|webhook|instrumentation|" +
  "ingest|ingestion|write|admin|vault|unseal|recovery|aes|rsa|tls|pgp|gpg|json)key";
const NOUNS = `password|passwd|passphrase|passcode|passkey|passwort|pwd|psk|secret|token|credential|${QUALIFIED_KEY}`;
const CARRIERS = "jwt|bearer|cookie|authorization|assertion|signature|connectionstring";
const OF = "(?:value|data|string|text|base64|b64)?[0-9]*$";
const SECRET = new RegExp(`(?:${NOUNS}|ticketkeys)${OF}`);
const SECRETS = new RegExp(`(?:${NOUNS})s${OF}`);
const TEXT = new RegExp(`(?:${CARRIERS})s?${OF}`);
const PASS = /(?:^|[^A-Za-z])pass$|[a-z]Pass$/;

/**
 * Classifies the name of a field, header, variable, flag or parameter. Counts, locations and names of secrets (`max_tokens`, `tokenPath`,
 * `secret_name`) are open.
 */
export function secrecyOf(name: string): Secrecy {
  if (name.length > 200) return "open";
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (SECRET.test(plain) || PASS.test(name)) return "secret";
  return SECRETS.test(plain) ? "secrets" : TEXT.test(plain) ? "text" : "open";
}

/** Returns whether a name is an ordinary word, which before a colon may be part of a sentence. */
export function isProse(name: string): boolean {
  return /^(?:tokens?|secrets?|credentials?|cookies?|jwts?|bearer|assertion|signature|pass)$/i.test(name);
}

/** Returns a message about the value at a path, without the value if a name in the path marks it as secret. */
export function withoutSecret(path: readonly string[], text: string): string {
  return path.some((name) => secrecyOf(name) !== "open") ? text.replace(VALUE, MASK) : text;
}

const VALUE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[{[].*[}\]]|(?<![\w.])[-+]?[0-9][\w.+-]*/gs;
const DIRECTORY = "(?:etc|var|run|opt|home|usr|tmp|dev|proc|root|mnt|srv|app|certs?|keys|secrets)";
const PATH = new RegExp(
  `^(?:file://)?(?:\\.{0,2}/${DIRECTORY}|\\.{1,2}/[\\w.@-]+)(?:/[\\w.@-]+)*/?$|^\\.{0,2}(?:/[a-z0-9._-]+){2,}/?$|^[\\w./@-]+\\.(?:pem|key|crt|cer|json|ya?ml|txt|jwt)$`,
);
const EMPTY = /^(?:|true|false|null|~|\{\}|\[\]|\*+|<redacted>|\[redacted\]|\$[({][\w.:-]+[)}]|%[A-Z_]+\([^)]*\)%)$/i;
const NUMBER = /^[-+]?[0-9][0-9_]*(?:\.[0-9]+)?$/;

/** Returns whether a value is safe to show whatever its name: empty, a switch, a reference or a file path. */
export function isHarmless(value: string, secrecy: Secrecy): boolean {
  const text = value.trim();
  return EMPTY.test(text) || PATH.test(text) || (secrecy === "secrets" && NUMBER.test(text));
}
