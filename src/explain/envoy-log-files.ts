import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";

/** The members that name files into which Envoy writes when it starts, also when it only validates. */
const LOG_FILES: readonly string[] = ["access_log_path", "accessLogPath", "event_log_path", "eventLogPath"];

/** Returns the files that Envoy would create. */
export function logFilesIn(value: JsonValue | undefined): readonly string[] {
  const found: string[] = [];
  mapLogFiles(value ?? null, (path) => {
    found.push(path);
    return path;
  });
  return [...new Set(found)];
}

/** Returns a document with other files to write to. */
export function mapLogFiles(value: JsonValue, map: (path: string) => string): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => mapLogFiles(item, map));
  if (!isObject(value)) return value;
  const isLog = typeof value["@type"] === "string" && value["@type"].endsWith("FileAccessLog");
  // The members of a JSON value are JSON values.
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, JsonValue>>).map(([name, member]) => {
      const isFile = typeof member === "string" && (LOG_FILES.includes(name) || (isLog && name === "path"));
      return [name, isFile ? map(member) : mapLogFiles(member, map)];
    }),
  );
}
