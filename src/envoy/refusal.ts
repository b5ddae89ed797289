import { maskSecrets } from "../secrets/mask.ts";

/** Why Envoy rejects its arguments or configuration, in its own words. */
export interface Refusal {
  readonly of: "arguments" | "configuration";
  /** One line, truncated, without values that may be secrets. */
  readonly reason: string;
}

const MAX_REASON = 300;
/** Maximum length of a reason to search, as the output may be long. */
const MAX_SEARCHED = 4_000;
const MASKED_VALUE = "'***'";

/**
 * Returns the reason from Envoy's output when it rejects its arguments or configuration (contract envoy §1, §2). Envoy also prints the
 * whole bootstrap, which is not included. Undefined for an unknown format.
 */
export function refusalIn(output: string): Refusal | undefined {
  const text = plainText(output);
  const [, argument, problem] = /^PARSE ERROR: (?:Argument: )?(.*)\n\s+(.*)$/m.exec(text) ?? [];
  if (argument !== undefined && problem !== undefined) return refusal("arguments", `argument ${withoutParentheses(argument)}: ${problem}`);
  const [, error] = /^error: (.*)$/m.exec(text) ?? [];
  if (error !== undefined) return refusal("arguments", error);
  const [, configuration] = /error initializing configuration '.*?': ([\s\S]*)/.exec(text) ?? [];
  if (configuration !== undefined) return refusal("configuration", configurationReason(configuration));
  const line = text.split("\n").find((each) => each.trim() !== "" && !isLogLine(each));
  return line === undefined ? undefined : refusal("arguments", withoutDocument(line));
}

/** Returns whether output can only be from Envoy validating its configuration. */
export function isEnvoyOutput(output: string): boolean {
  return /^PARSE ERROR: |error initializing configuration '|^configuration '.*' OK$/m.test(plainText(output));
}

/** Returns what Envoy says about its configuration as one line, truncated, without values that may be secrets. */
export function shownReason(text: string): string {
  return shortened(configurationReason(text));
}

function refusal(of: Refusal["of"], reason: string): Refusal {
  return { of, reason: shortened(reason) };
}

function shortened(reason: string): string {
  const line = maskSecrets(reason.slice(0, MAX_SEARCHED).replace(/\s+/g, " ").trim().replace(/[.!]$/, ""));
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line;
}

/** Envoy's log lines may be JSON objects with the message in a field. */
function plainText(output: string): string {
  return output
    .split("\n")
    .map((line) => messageOf(line) ?? line)
    .join("\n");
}

function messageOf(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const found =
      typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => /^(msg|message)$/i.test(key)) : undefined;
    return typeof found?.[1] === "string" ? found[1] : undefined;
  } catch {
    return undefined;
  }
}

/** `(--concurrency)` → `--concurrency` */
function withoutParentheses(argument: string): string {
  return argument.trim().replace(/^\((.*)\)$/, "$1");
}

function isLogLine(line: string): boolean {
  return /[[\t"](?:trace|debug|info|warning|error|critical)[\]\t"]/.test(line.slice(0, 100)) || /^configuration '.*' OK$/.test(line);
}

function configurationReason(text: string): string {
  const [, constraint] = /Proto constraint validation failed \(([^\n]*)\)/.exec(text) ?? [];
  if (constraint !== undefined) return constraintReason(constraint);
  // Positions in Envoy's copy of the document, which users cannot see.
  const line = text.replace(/\s+/g, " ").replace(/,? ?near \d+:\d+ \(offset \d+\)/g, "");
  const [, json] = /INVALID_ARGUMENT: ?(.*?)\)(?:: | has unknown fields|$)/.exec(line) ?? [];
  if (json !== undefined) return withoutValues(json);
  const [conversion] = /^Unable to convert YAML as JSON/.exec(line) ?? [];
  return conversion ?? withoutDocument(text.replace(/^goo\.gle\/debug[\s\S]*\n: /, "").replace(/: goo\.gle\/debug[\s\S]*/, ""));
}

/** `AError.B: embedded message failed validation | caused by BError.C: value must be …` → `B.C: value must be …` */
function constraintReason(text: string): string {
  const steps = text.split(" | caused by ").map((step) => /^\w*ValidationError\.([^:]*): (.*)$/.exec(step));
  const names = steps.flatMap((step) => step?.[1] ?? []);
  // What misses one of several fields has no name there.
  const problem = steps.at(-1)?.[2] ?? text.split(" | caused by ").at(-1) ?? "";
  return names.length === 0 ? withoutDocument(text) : `${names.join(".")}: ${withoutDocument(problem)}`;
}

/**
 * Envoy quotes a value that does not fit its field. The field is named and the value, which may be a secret, is masked; names and
 * punctuation are safe.
 */
function withoutValues(reason: string): string {
  return /(?:no such field: |find @type |unknown enum value: )'[\w./-]+'$|expected '\W'$|single '\w'$|^[^']*'\w+' has already been set[^']*$/.test(
    reason,
  )
    ? reason
    : reason.replace(/'.*'|".*"/, MASKED_VALUE);
}

/** Returns the first line up to where a document starts. */
function withoutDocument(text: string): string {
  const [line = ""] = text.split("\n");
  return line.slice(0, MAX_SEARCHED).replace(/[:\s]*\{.*$/, "");
}
