import { isHarmless, MASK, secrecyOf } from "./secret-names.ts";

/** Formats of secrets that are recognizable without a name. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g, MASK],
  // The same in base64: "PRIVATE KEY" after "-----BEGIN".
  [/LS0tLS1CRUdJT[A-Za-z0-9+/]{0,40}?(?:UFJJVkFURSBLRV|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)[A-Za-z0-9+/=]*/g, MASK],
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,3}/g, MASK],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, MASK],
  [
    /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|xox[abeoprs]-[\w-]{10,}|dckr_pat_[\w-]{15,}|npm_[A-Za-z0-9]{20,})/g,
    MASK,
  ],
  [/\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}/g, MASK],
  [/\bSG\.[\w-]{15,}\.[\w-]{15,}|\bhv[sb]\.[\w-]{15,}|\bdop_v1_[a-f0-9]{30,}|\bpypi-[\w-]{30,}|\bAGE-SECRET-KEY-[0-9A-Z]{20,}/g, MASK],
  [/(hooks\.slack\.com\/services\/)[\w/]+/g, `$1${MASK}`],
  [/(\{SHA\}|\$apr1\$|\$2[aby]\$)[A-Za-z0-9+/=.$]{8,}/g, `$1${MASK}`],
  [
    /\b(Bearer|Negotiate|ApiKey)([ \t]+)(?!(?:tokens?|auth|authentication|authorization|scheme|is|or|and|of|in|for|was|must|cannot)\b)["']?[\w+/.~=$-]+/gi,
    `$1$2${MASK}`,
  ],
  [/(?<!\S)((?:-u|--user)[ =][^\s:]+:)(?![0-9]+(?!\S))\S+/g, `$1${MASK}`],
  [/\b(token[ \t]+token=)["']?[\w+/.~=-]+/gi, `$1${MASK}`],
];

/** Masks everything that is recognizable as a secret by its format. */
export function maskShapes(text: string): string {
  let masked = text;
  for (const [pattern, replacement] of SHAPES) masked = masked.replace(pattern, replacement);
  masked = masked.replace(/\b(Basic)([ \t]+)([A-Za-z0-9+/_-]{4,}={0,2})/gi, (all, scheme: string, blank: string, code: string) =>
    isUserAndPassword(code) ? `${scheme}${blank}${MASK}` : all,
  );
  masked = masked.replace(/("auth"\s*:\s*")([A-Za-z0-9+/]{8,}={0,2})"/g, (all, head: string, code: string) =>
    isUserAndPassword(code) ? `${head}${MASK}"` : all,
  );
  return masked.includes("://") ? masked.replace(URL_TEXT, maskUrl) : masked;
}

/** Returns whether a text is base64 of `user:password`. */
function isUserAndPassword(code: string): boolean {
  const text = Buffer.from(code, "base64").toString("latin1");
  return /^[\x20-\x7e\x80-\xff]*:[\x20-\x7e\x80-\xff]*$/.test(text);
}

const URL_TEXT = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>\\`]+)/gi;
/** Parameters that are secret in a URL although their names are harmless elsewhere. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set(["key", "sig", "auth", "code", "pass", "sid", "x-amz-credential"]);

function maskUrl(_: string, scheme: string, rest: string): string {
  const end = rest.search(/[?#]/);
  const place = end < 0 ? rest : rest.slice(0, end);
  return scheme + maskUser(place) + (end < 0 ? "" : maskParameters(rest.slice(end)));
}

/** Masks `user:password@host` with any password; a user alone is masked only if it is as long as a token. */
function maskUser(place: string): string {
  const authority = place.split("/", 1)[0] ?? "";
  // With a slash in the password, the text before it is neither a host nor host:port.
  const isHost = /^(?:\[[^\]]*\]|[^:[\]]*)(?::[0-9]*)?$/.test(authority.slice(authority.lastIndexOf("@") + 1));
  const at = (isHost ? authority : place).lastIndexOf("@");
  if (at < 0) return place;
  const colon = place.slice(0, at).indexOf(":");
  if (colon >= 0) return place.slice(0, colon + 1) + MASK + place.slice(at);
  return at >= 16 ? MASK + place.slice(at) : place;
}

function maskParameters(query: string): string {
  return query.replace(/([?&#;])([^=&#;]+)=([^&#;]*)/g, (all, mark: string, name: string, value: string) => {
    const isSecret = SECRET_PARAMETERS.has(name.toLowerCase()) || secrecyOf(name) !== "open";
    return isSecret && !isHarmless(value, secrecyOf(name)) ? `${mark}${name}=${MASK}` : all;
  });
}
