import type { Notice } from "../common/notice.ts";
import { type PodTexts, parseDownwardApi } from "../inputs/downward-api.ts";
import type { FileRead } from "../inputs/inputs.ts";

/** Returns labels or annotations of the downward API; undefined, with a notice, where they cannot be read. */
export function readPodTexts(file: FileRead, path: string, notices: Notice[]): PodTexts | undefined {
  if (file.kind === "missing") {
    notices.push({ level: "debug", text: `File "${path}" does not exist: the downward API is not mounted` });
    return undefined;
  }
  const warn = (text: string) => void notices.push({ level: "warn", text });
  if (file.kind === "text" && file.text.startsWith("\ufeff"))
    warn(`File "${path}" starts with a byte order mark, which becomes part of the first key: save it without the mark`);
  const skipped = (line: string, number: number) =>
    warn(`Ignoring line ${number} of "${path}", which is not key="value": ${JSON.stringify(line.slice(0, 40))}`);
  const parsed = file.kind === "text" ? parseDownwardApi(file.text, skipped) : { ok: false as const, error: file.reason };
  if (parsed.ok) return parsed.value;
  notices.push({ level: "warn", text: `Ignoring all of "${path}": ${parsed.error}` });
  return undefined;
}
