import { nearest } from "../cli/nearest.ts";
import { displayText } from "../go/display-text.ts";
import { isObject, isTooDeep } from "../go/json.ts";
import { joinPath } from "../go/path.ts";
import { faultIn, keyPositionIn, parseDocument, positionIn } from "../inputs/document.ts";
import type { FileRead } from "../inputs/inputs.ts";
import { XDS_FILE_NAMES } from "./xds-file-names.ts";

// Loaded only to check the files that Envoy reads resources from.

/** The fields of a DiscoveryResponse, by proto and JSON name. */
const FIELDS = ["version_info", "resources", "canary", "type_url", "nonce", "control_plane", "resource_errors"].flatMap((name) => [
  name,
  name.replace(/_[a-z]/g, (mark) => mark.slice(1).toUpperCase()),
]);

/** Returns what is wrong with the xDS files of a directory. */
export function xdsFileProblems(directory: string, read: (path: string) => FileRead): readonly string[] {
  return XDS_FILE_NAMES.flatMap((name) => {
    const path = joinPath(directory, name);
    return xdsFileProblem(path, read(path)) ?? [];
  });
}

/** A longer text, which no ConfigMap can hold, is not checked: parsing YAML takes time and memory that start and probes need. */
const MAX_LENGTH = 1 << 20;

/** Returns why Envoy ignores such a file, with the position; undefined if it does not, or reports it itself. */
export function xdsFileProblem(path: string, file: FileRead): string | undefined {
  if (file.kind === "missing") return `File "${path}" does not exist`;
  if (file.kind === "unreadable") return `File "${path}" cannot be read: ${file.reason}`;
  const { text } = file;
  if (text.length > MAX_LENGTH) return undefined;
  const parsed = parse(text);
  if (!parsed.ok) return `File "${path}" cannot be read: ${faultIn(text, parsed.error)}`;
  const document = parsed.value;
  if (document === null) return `File "${path}" is empty: with no resources it must contain "resources: []"`;
  if (!isObject(document))
    return `File "${path}" cannot be read: it must be a mapping with resources: current value is ${displayText(document)}`;
  const unknown = Object.keys(document).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) return `File "${path}" has an unknown field "${unknown}"${keyPositionIn(text, [unknown])}${hint(unknown)}`;
  const resources = document["resources"] ?? [];
  if (!Array.isArray(resources))
    return `File "${path}" cannot be read: resources must be a list: current value is ${displayText(resources)}${positionIn(text, ["resources"])}`;
  const at = resources.findIndex((each: unknown) => !isObject(each) || typeof each["@type"] !== "string");
  if (at < 0) return undefined;
  return `File "${path}" cannot be read: resource ${at} has no "@type"${positionIn(text, ["resources", String(at)])}: current value is ${displayText(resources[at])}`;
}

/** JSON is parsed as Envoy does; anything else it accepts is YAML. */
function parse(text: string): ReturnType<typeof parseDocument> {
  if (isTooDeep(text)) return parseDocument(text);
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return parseDocument(text);
  }
}

function hint(unknown: string): string {
  const near = nearest(unknown, FIELDS);
  return near === undefined ? "" : `; did you mean ${near}?`;
}
