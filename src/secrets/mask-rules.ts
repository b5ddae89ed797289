import { readBlock } from "./loose-block.ts";
import { type ListPart, type MapPart, type Part, readFlow, type ScalarPart } from "./loose-flow.ts";
import { maskNamedValues } from "./mask-named-values.ts";
import { isHarmless, MASK, type Secrecy, secrecyOf } from "./secret-names.ts";
import { maskShapes } from "./secret-shapes.ts";

/** Masks the secrets in a sentence: by the structure of quoted documents, by names in front of values, and by known formats. */
export function maskText(text: string): string {
  return maskShapes(maskNamedValues(maskFragments(text)));
}

/** Masks the secrets in a JSON or YAML document and leaves the rest unchanged. */
export function maskDocument(text: string): string {
  const root = /^\s*[{[]/.test(text) ? readFlow(text, 0) : readBlock(text);
  return root === undefined ? maskText(text) : maskShapes(applyEdits(text, editsOf(root, "open", [])));
}

type Edit = { readonly start: number; readonly end: number; readonly text: string };

const ATTEMPTS = 1_000;

/** Masks the JSON and flow YAML inside a text. */
function maskFragments(text: string): string {
  const edits: Edit[] = [];
  let attempts = 0;
  for (let at = nextBracket(text, 0); at >= 0 && attempts < ATTEMPTS; attempts++) {
    const part = readFlow(text, at);
    if (part !== undefined) editsOf(part, "open", edits);
    at = nextBracket(text, part === undefined ? at + 1 : Math.max(part.end, at + 1));
  }
  return applyEdits(text, edits);
}

function nextBracket(text: string, from: number): number {
  const found = /[{[]/g;
  found.lastIndex = from;
  return found.exec(text)?.index ?? -1;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Members of a secret that only hold its name or location. */
const PUBLIC_MEMBERS: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "key",
  "kind",
  "type",
  "@type",
  "filename",
  "path",
  "ttl",
  "timeout",
  "environment_variable",
  "watched_directory",
  "sds_config",
  "sdsConfig",
  "cluster",
  "cluster_name",
  "append_action",
  "header_name",
  "provider_name",
]);
/** Members that hold the value in an entry with a name, such as a header or variable. */
const VALUE_MEMBERS: ReadonlySet<string> = new Set([
  "value",
  "values",
  "raw_value",
  "rawValue",
  "header_value",
  "exact_match",
  "prefix_match",
  "suffix_match",
  "contains_match",
  "string_match",
  "default",
]);
const NAMES: ReadonlySet<string> = new Set(["key", "name", "header", "header_name", "headerName"]);

function editsOf(part: Part, secrecy: Secrecy, edits: Edit[], isInList = false): Edit[] {
  if (part.kind === "scalar") editScalar(part, secrecy, edits);
  else if (part.kind === "list") editList(part, secrecy, edits, isInList);
  else editMap(part, secrecy, edits);
  return edits;
}

/** A list may hold a flag followed by its value, or a name followed by its value. */
function editList({ items }: ListPart, secrecy: Secrecy, edits: Edit[], isInList: boolean): void {
  for (const [at, item] of items.entries()) {
    const before = items[at - 1];
    const name = before?.kind === "scalar" && (/^--?[\w-]+$/.test(before.text) || (isInList && items.length === 2)) ? before.text : "";
    const own = secrecyOf(name);
    const inherited = item.kind === "map" && secrecy !== "secret" ? "open" : secrecy;
    editsOf(item, inherited === "open" && own !== "open" && item.kind === "scalar" ? own : inherited, edits, true);
  }
}

/** The private members of a JSON Web Key. */
const PRIVATE_JWK_MEMBERS: ReadonlySet<string> = new Set(["d", "p", "q", "dp", "dq", "qi", "k", "oth"]);

function editMap({ members }: MapPart, secrecy: Secrecy, edits: Edit[]): void {
  const isNamed = members.some(({ name, value }) => NAMES.has(name) && value.kind === "scalar" && secrecyOf(value.text) !== "open");
  const isKey = members.some(({ name }) => name === "kty");
  for (const { name, value } of members) {
    const own = (isNamed && VALUE_MEMBERS.has(name)) || (isKey && PRIVATE_JWK_MEMBERS.has(name)) ? "secret" : secrecyOf(name);
    const isBelow = (secrecy === "secret" || (secrecy === "secrets" && value.kind === "scalar")) && !PUBLIC_MEMBERS.has(name);
    editsOf(value, own === "open" && isBelow ? secrecy : own, edits);
  }
}

function editScalar({ start, end, text, quote }: ScalarPart, secrecy: Secrecy, edits: Edit[]): void {
  if (secrecy !== "open") {
    if (!isHarmless(text, secrecy)) edits.push({ start, end, text: quote === "|" ? MASK : `${quote || '"'}${MASK}${quote || '"'}` });
    return;
  }
  if (quote === "") return;
  // A scalar may contain another document, a block scalar in particular.
  const masked = maskText(text);
  if (masked === text) return;
  const written = quote === '"' ? JSON.stringify(masked) : quote === "'" ? `'${masked.replaceAll("'", "''")}'` : masked.trimStart();
  edits.push({ start, end, text: written });
}
