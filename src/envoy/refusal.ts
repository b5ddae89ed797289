import { maskSecrets } from "../secrets/mask.ts";

/** Why Envoy does not start with what it was given, by its own word. */
export interface Refusal {
  readonly of: "arguments" | "configuration";
  /** One line, shortened, without values that could be secrets. */
  readonly reason: string;
}

const LONGEST = 300;
/** What is looked at of a reason: no pattern has to run over a flood of output. */
const READ = 4_000;
const HIDDEN = "'***'";

/**
 * The reason in what Envoy printed when it refused its arguments or configuration (contract envoy §1, §2). Envoy prints the
 * whole bootstrap beside it, before or after, of which nothing is taken over. Undefined where no known form is found.
 */
export function refusalIn(output: string): Refusal | undefined {
  const text = plainText(output);
  const [, argument, problem] = /^PARSE ERROR: (?:Argument: )?(.*)\n\s+(.*)$/m.exec(text) ?? [];
  if (argument !== undefined && problem !== undefined) return refusal("arguments", `argument ${bare(argument)}: ${problem}`);
  const [, error] = /^error: (.*)$/m.exec(text) ?? [];
  if (error !== undefined) return refusal("arguments", error);
  const [, configuration] = /error initializing configuration '.*?': ([\s\S]*)/.exec(text) ?? [];
  if (configuration !== undefined) return refusal("configuration", configurationReason(configuration));
  const line = text.split("\n").find((each) => each.trim() !== "" && !isLogLine(each));
  return line === undefined ? undefined : refusal("arguments", withoutDocument(line));
}

/** Whether a program answered as only Envoy does when it is asked to judge its configuration. */
export function isEnvoysAnswer(output: string): boolean {
  return /^PARSE ERROR: |error initializing configuration '|^configuration '.*' OK$/m.test(plainText(output));
}

function refusal(of: Refusal["of"], reason: string): Refusal {
  const line = maskSecrets(reason.slice(0, READ).replace(/\s+/g, " ").trim().replace(/[.!]$/, ""));
  return { of, reason: line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line };
}

/** Envoy's lines may be JSON objects with the text in a field. */
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
function bare(argument: string): string {
  return argument.trim().replace(/^\((.*)\)$/, "$1");
}

function isLogLine(line: string): boolean {
  return /[[\t"](?:trace|debug|info|warning|error|critical)[\]\t"]/.test(line.slice(0, 100)) || /^configuration '.*' OK$/.test(line);
}

function configurationReason(text: string): string {
  const [, constraint] = /Proto constraint validation failed \(([^\n]*)\)/.exec(text) ?? [];
  if (constraint !== undefined) return constraintReason(constraint);
  // Places in Envoy's own copy of the document, in which nobody can look.
  const line = text.replace(/\s+/g, " ").replace(/,? ?near \d+:\d+ \(offset \d+\)/g, "");
  const [, json] = /INVALID_ARGUMENT: ?(.*?)\)(?:: | has unknown fields|$)/.exec(line) ?? [];
  if (json !== undefined) return withoutValues(json);
  const [conversion] = /^Unable to convert YAML as JSON/.exec(line) ?? [];
  return conversion ?? withoutDocument(text.replace(/^goo\.gle\/debug[\s\S]*\n: /, ""));
}

/** `AError.B: embedded message failed validation | caused by BError.C: value must be …` → `B.C: value must be …` */
function constraintReason(text: string): string {
  const steps = text.split(" | caused by ").map((step) => /^\w*ValidationError\.([^:]*): (.*)$/.exec(step));
  const problem = steps.at(-1)?.[2];
  return problem === undefined ? withoutDocument(text) : `${steps.map((step) => step?.[1]).join(".")}: ${problem}`;
}

/** A value of the document is quoted when it does not fit its field: the field is named, the value may be a secret. Names and punctuation are none. */
function withoutValues(reason: string): string {
  return /(?:no such field: |find @type )'[\w./-]+'$|expected '\W'$/.test(reason) ? reason : reason.replace(/'.*'|".*"/, HIDDEN);
}

/** What stands in the first line, up to where a document begins. */
function withoutDocument(text: string): string {
  const [line = ""] = text.split("\n");
  return line.slice(0, READ).replace(/[:\s]*\{.*$/, "");
}
