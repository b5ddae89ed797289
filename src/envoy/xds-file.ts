import { nearest } from "../cli/nearest.ts";
import { isObject, isTooDeep } from "../go/json.ts";
import { joinPath } from "../go/path.ts";
import { shown } from "../go/shown.ts";
import { faultIn, keyPositionIn, parseDocument, positionIn } from "../inputs/document.ts";
import type { FileRead } from "../inputs/inputs.ts";

// Loaded where somebody looks into the files that Envoy takes its resources from.

/** The files of a directory that Envoy reads resources from, in the order in which it does. */
export const XDS_FILES = ["clusters.yaml", "listeners.yaml"];

/** The fields of a DiscoveryResponse, by both of their names. */
const FIELDS = ["version_info", "resources", "canary", "type_url", "nonce", "control_plane", "resource_errors"].flatMap((name) => [
  name,
  name.replace(/_[a-z]/g, (mark) => mark.slice(1).toUpperCase()),
]);

/** What is wrong with the files of a directory. */
export function xdsFileProblems(directory: string, read: (path: string) => FileRead): readonly string[] {
  return XDS_FILES.flatMap((name) => {
    const path = joinPath(directory, name);
    return xdsFileProblem(path, read(path)) ?? [];
  });
}

/** A longer text, which no ConfigMap holds, is left to Envoy: reading YAML takes time and memory that the start and the probes need. */
const LONGEST = 1 << 20;

/** Why Envoy can make nothing of such a file, with the place; undefined where it can, or says so itself. */
export function xdsFileProblem(path: string, file: FileRead): string | undefined {
  if (file.kind === "missing") return `File "${path}" does not exist`;
  if (file.kind === "unreadable") return `File "${path}" cannot be read: ${file.reason}`;
  const { text } = file;
  if (text.length > LONGEST) return undefined;
  const parsed = parse(text);
  if (!parsed.ok) return `File "${path}" cannot be read: ${faultIn(text, parsed.error)}`;
  const document = parsed.value;
  if (document === null) return `File "${path}" is empty: with no resources it must contain "resources: []"`;
  if (!isObject(document)) return `File "${path}" cannot be read: it must be a mapping with resources: current value is ${shown(document)}`;
  const unknown = Object.keys(document).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) return `File "${path}" has an unknown field "${unknown}"${keyPositionIn(text, [unknown])}${hint(unknown)}`;
  const resources = document["resources"] ?? [];
  if (!Array.isArray(resources))
    return `File "${path}" cannot be read: resources must be a list: current value is ${shown(resources)}${positionIn(text, ["resources"])}`;
  const at = resources.findIndex((each: unknown) => !isObject(each) || typeof each["@type"] !== "string");
  if (at < 0) return undefined;
  return `File "${path}" cannot be read: resource ${at} has no "@type"${positionIn(text, ["resources", String(at)])}: current value is ${shown(resources[at])}`;
}

/** JSON is read as Envoy does; what it takes beyond JSON is YAML. */
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
