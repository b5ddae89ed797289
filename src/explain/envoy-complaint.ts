import { refusalIn, shownReason } from "../envoy/refusal.ts";

/** A step into a document: a member, an item of a list or, as Envoy counts them, an entry of a map. */
export type RawStep = string | number;

/** What Envoy says about its configuration or arguments. */
export interface Complaint {
  /** `warning`: Envoy starts nevertheless. */
  readonly level: "error" | "warning";
  readonly of: "arguments" | "configuration";
  /** Its words on one line, truncated and without secrets. */
  readonly words: string;
  readonly clue: Clue;
}

/** What the words reveal about the place of a problem. */
export type Clue =
  /** A path in one of the documents, before they are merged; `field`: an unknown member there; `echo`: the document as Envoy prints it. */
  | { readonly kind: "json"; readonly steps: readonly RawStep[]; readonly field?: string; readonly echo?: string }
  /** A path in the merged configuration, or in a message of a type that a `typed_config` contains. */
  | { readonly kind: "constraint"; readonly message: string; readonly steps: readonly RawStep[] }
  /** A document that is neither YAML nor JSON there. */
  | { readonly kind: "syntax"; readonly line: number; readonly column: number }
  /** A field that Envoy will remove, and the message that has it. */
  | { readonly kind: "deprecated"; readonly message: string; readonly field: string }
  /** Texts that may be in the configuration: those that Envoy quotes, and its other words; the most specific first. */
  | {
      readonly kind: "words";
      readonly quoted: readonly string[];
      readonly words: readonly string[];
      /** The fields of a message that Envoy prints, with their texts. */
      readonly message?: readonly (readonly [field: string, text: string])[];
    };

const WHITESPACE = /\s+/g;

/** Reads the output of `envoy --mode validate`; `isAccepted`: it exited with 0. Only the first problem is an error, as Envoy stops there. */
export function complaintsIn(output: string, isAccepted: boolean): readonly Complaint[] {
  const lines = logLines(output);
  const warnings = lines.flatMap((line) => warningIn(line, isAccepted));
  const unique = warnings.filter(({ words }, at) => warnings.findIndex((other) => other.words === words) === at);
  if (isAccepted) return unique;
  const refusal = refusalIn(output);
  const [, raw = ""] = /error initializing configuration '.*?': ([\s\S]*)/.exec(lines.map(({ text }) => text).join("\n")) ?? [];
  const reason = refusal?.reason ?? "it gives no reason";
  const of = refusal?.of ?? "configuration";
  return [
    // What ends the start may have been logged before as a warning.
    ...unique.filter(({ words }) => words !== reason),
    { level: "error", of, words: reason, clue: of === "arguments" ? wordsClue(reason) : clueIn(raw) },
  ];
}

interface LogLine {
  readonly level: string;
  readonly text: string;
}

/** Splits the output into messages: a line that does not start one belongs to the message above it. */
function logLines(output: string): readonly LogLine[] {
  const found: LogLine[] = [];
  for (const line of output.split("\n")) {
    const started = startOf(line);
    if (started !== undefined) found.push(started);
    else {
      const last = found.pop();
      found.push(last === undefined ? { level: "", text: line } : { ...last, text: `${last.text}\n${line}` });
    }
  }
  return found;
}

/** Envoy's own format, and the one that the releases configure. */
const FORMATS: readonly RegExp[] = [
  /^\[[^\]]*\]\[\d+\]\[([a-z]+)\]\[[^\]]*\] (?:\[[^\]]*\] )?(.*)$/,
  /^\S+Z\t([a-z]+)\tenvoy [^\t]*\t(.*)$/,
];

function startOf(line: string): LogLine | undefined {
  for (const format of FORMATS) {
    const [, level, text] = format.exec(line) ?? [];
    if (level !== undefined && text !== undefined) return { level, text };
  }
  return line.startsWith("{") ? jsonLine(line) : /^configuration '.*' OK$/.test(line) ? { level: "info", text: line } : undefined;
}

function jsonLine(line: string): LogLine | undefined {
  try {
    const members = Object.entries(JSON.parse(line) as Record<string, unknown>);
    const member = (name: RegExp) => members.find(([key, value]) => name.test(key) && typeof value === "string")?.[1];
    const [level, text] = [member(/^level$/i), member(/^(?:msg|message)$/i)];
    return text === undefined ? undefined : { level: String(level ?? ""), text: String(text) };
  } catch {
    return undefined;
  }
}

/** Returns the complaint that a line of the log is. A line of level error does not keep Envoy from starting. */
function warningIn({ level, text }: LogLine, isAccepted: boolean): readonly Complaint[] {
  if (!/^warn|^error$/.test(level)) return [];
  const warning = (words: string, clue: Clue): Complaint => ({ level: "warning", of: "configuration", words: shownReason(words), clue });
  const [, option] = /^Deprecated field: type \S+ Using deprecated option '([^']*)'/.exec(text) ?? [];
  const parts = option?.split(".") ?? [];
  if (option !== undefined)
    return [warning(`deprecated field ${option}`, { kind: "deprecated", message: parts.at(-2) ?? "", field: parts.at(-1) ?? "" })];
  const [, unknown] = /^Unknown field: ([\s\S]*)/.exec(text.trim()) ?? [];
  if (unknown !== undefined) return [warning(`${unknown.replace(/^type \S+ reason /, "(")}): `, clueIn(unknown))];
  const [, bug] = /Details: (.*)/.exec(text) ?? [];
  if (/^envoy bug failure/.test(text)) return bug === undefined ? [] : [warning(bug, wordsClue(bug))];
  if (/stacktrace for|^#\d+ |^ *$/.test(text) || (level === "error" && !isAccepted)) return [];
  return [warning(text, clueIn(text))];
}

/** Reads what Envoy says after the name of the configuration. */
function clueIn(raw: string): Clue {
  const [, line, column] = /yaml-cpp: error at line (\d+), column (\d+)/.exec(raw) ?? [];
  if (line !== undefined) return { kind: "syntax", line: Number(line), column: Number(column) };
  const [, constraint] = /Proto constraint validation failed \(([^\n]*)\)/.exec(raw) ?? [];
  const message = printedMessage(raw);
  if (constraint !== undefined) return constraintClue(constraint) ?? { kind: "words", quoted: [], words: [], message };
  const json = jsonClue(raw);
  if (json !== undefined) return json;
  const [, seconds, nanos] = /^seconds: (-?\d+)(?:\nnanos: (-?\d+))?/m.exec(raw) ?? [];
  const duration = seconds === undefined ? [] : [`${Number(seconds) + Number(nanos ?? 0) / 1e9}s`];
  const own = raw.replace(/goo\.gle\/debug[\s\S]*/, "").split("\n")[0] ?? "";
  const clue = wordsClue(own);
  return { ...clue, quoted: [...duration, ...clue.quoted], ...(seconds === undefined ? { message } : {}) };
}

/** Reads the single values of a message that Envoy prints before or after its words. */
function printedMessage(raw: string): readonly (readonly [string, string])[] {
  const [, printed = ""] = /goo\.gle\/debug\w*\s*\n([\s\S]*)/.exec(raw) ?? [];
  return [...printed.matchAll(/^(\w+): (.*)$/gm)].map(([, field = "", text = ""]) => [field, text.replace(/^"(.*)"$/, "$1")] as const);
}

function jsonClue(raw: string): Clue | undefined {
  const [, statement = ""] = /INVALID_ARGUMENT: ?([\s\S]*)/.exec(raw) ?? [];
  if (statement === "") return undefined;
  const line = statement.replace(WHITESPACE, " ");
  const [, field] = /no such field: '([^']*)'/.exec(line) ?? [];
  const [, path] = /^invalid JSON in \S+ @ ([^:]*):/.exec(line) ?? [];
  const [, echo] = /\): ([[{][\s\S]*)$/.exec(raw) ?? [];
  const isWhole = /^invalid JSON in \S+?, near/.test(line);
  if (path === undefined && !isWhole) return { kind: "words", quoted: quotedIn(line.replace(/\): \{[\s\S]*$/, "")), words: [] };
  return { kind: "json", steps: rawSteps(path ?? ""), ...(field === undefined ? {} : { field }), ...(echo === undefined ? {} : { echo }) };
}

/** Reads `static_resources.clusters[0].typed_config.<any>.name`. What a message of another type starts is no step. */
function rawSteps(path: string): readonly RawStep[] {
  return [...path.matchAll(/\[(\d+)\]|\["([^"]*)"\]|([^.[\]<>\s]+)|<\w+>/g)].flatMap(([, index, key, name]) =>
    index === undefined ? (key ?? name ?? []) : Number(index),
  );
}

/** Reads `AValidationError.B: … | caused by BValidationError.C[0]: …`. */
function constraintClue(text: string): Clue | undefined {
  const found = text.split(" | caused by ").map((step) => /^(\w*)ValidationError\.([^:]*):/.exec(step));
  const [first] = found;
  if (!first) return undefined;
  const steps = found.flatMap((step) => (step?.[2] === undefined ? [] : rawSteps(step[2])));
  return { kind: "constraint", message: first[1] ?? "", steps };
}

/** Returns the texts of a sentence that may be values: what is quoted or named after a colon, and its words. */
function wordsClue(sentence: string): Extract<Clue, { kind: "words" }> {
  const named = [...sentence.matchAll(/(?<=: | for | from | guard )["']?([^\s"',;]+)/g)].map(([, text = ""]) => text);
  const words = sentence.split(/[\s,;()'"]+/);
  const plain = (texts: readonly string[]) => texts.map((text) => text.replace(/[.:!]+$/, "")).filter((text) => text.length > 1);
  return { kind: "words", quoted: [...new Set([...plain(named), ...quotedIn(sentence)])], words: [...new Set(plain(words))] };
}

/** Returns what is between quotes. A quoted text may contain an apostrophe, so the longest one that a separator follows counts, too. */
function quotedIn(sentence: string): readonly string[] {
  const found = [...sentence.matchAll(/(?<!\w)'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? "");
  const whole = [...sentence.matchAll(/(?<!\w)'(.*?)'(?=[:,.;)\s]|$)/g)].map(([, text = ""]) => text);
  return [...new Set([...whole, ...found])].filter((text) => text !== "");
}
