import { isObject } from "../go/json.ts";
import { field } from "./bootstrap-ports.ts";

/** The format of Envoy's log lines: a text with flags such as `%v`, or an object of such texts. */
export type LogFormat = string | Readonly<Record<string, unknown>>;

/** The flags for the message: as it is, with escaped line ends, or escaped for JSON. */
const MESSAGE = /%[-=]?\d*!?[v_j]/;
const NUMBERS = "tP#";
/** Maximum length of a line's end to search for what follows the message. */
const TAIL = 400;

/** Returns the log formats set by a bootstrap document. */
export function logFormatsIn(document: unknown): readonly LogFormat[] {
  const format = field(field(document, "application_log_config"), "log_format");
  return [field(format, "text_format"), field(format, "json_format")].filter(isFormat);
}

function isFormat(value: unknown): value is LogFormat {
  return typeof value === "string" || isObject(value);
}

/** Removes what these formats append to a message, such as `thread=12`, from Envoy's output; of JSON lines only the message is kept. */
export function withoutLogFormat(output: string, formats: readonly LogFormat[]): string {
  const parts = formats.flatMap((format) => messageParts(format, []));
  if (parts.length === 0) return output;
  return output
    .split("\n")
    .map((line) => parts.reduce(withoutPart, line))
    .join("\n");
}

/** The position of the message in a format, and what follows it. */
interface MessagePart {
  readonly path: readonly string[];
  readonly rest: RegExp;
}

function messageParts(format: unknown, path: readonly string[]): readonly MessagePart[] {
  if (isObject(format)) return Object.entries(format).flatMap(([key, value]) => messageParts(value, [...path, key]));
  if (typeof format !== "string" || !MESSAGE.test(format)) return [];
  const after = format.split(MESSAGE).at(-1) ?? "";
  return [{ path, rest: new RegExp(`${patternOf(after)}$`) }];
}

function withoutPart(line: string, { path, rest }: MessagePart): string {
  const text = path.length === 0 ? line : messageAt(line, path);
  if (text === undefined) return line;
  return text.slice(0, -TAIL) + text.slice(-TAIL).replace(rest, "");
}

function messageAt(line: string, path: readonly string[]): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const found = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), JSON.parse(line));
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a pattern that matches the output of a part of a format. */
function patternOf(format: string): string {
  return format.replace(/%[-=]?\d*!?(.)|[^%]+|%$/g, (text, flag: string | undefined) => {
    if (flag === undefined) return escaped(text);
    return flag === "%" ? "%" : NUMBERS.includes(flag) ? " *\\d+ *" : ".*?";
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
