import { compareUtf8, isObject, memberIgnoringCase, parseGoJson } from "../go/json.ts";

/** The path of the instance document of Azure's metadata service. */
export const AZURE_PATH = "metadata/instance";
const OLDEST_VERSION = "2019-08-15";

/** The relevant parts of Azure's document; missing or invalid strings are empty. */
export interface AzureCompute {
  readonly name: string;
  readonly location: string;
  readonly vmId: string;
  readonly zone: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Returns the newest API version the service lists when a request names none. */
export function newestAzureVersion(text: string): string {
  const listed = objectIn(text)["newest-versions"];
  const versions = Array.isArray(listed) ? listed.filter((version): version is string => typeof version === "string") : [];
  return [OLDEST_VERSION, ...versions].sort().at(-1) ?? OLDEST_VERSION;
}

/** Parses Azure's instance document. */
export function azureCompute(text: string): AzureCompute {
  const given = objectIn(text)["compute"];
  const compute = isObject(given) ? given : {};
  const member = (name: string) => textOf(compute[name]);
  return {
    name: member("name"),
    location: member("location"),
    vmId: member("vmId"),
    zone: member("zone"),
    tags: Object.hasOwn(compute, "tagsList") ? parseTagList(compute["tagsList"]) : parseTagText(member("tags")),
  };
}

/** Parses tags as a list of names and values; empty if any of them is not a string. */
function parseTagList(list: unknown): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const tag of Array.isArray(list) ? list : []) {
    if (tag !== null && !isObject(tag)) return {};
    // Upstream re-encodes the list with sorted keys before it parses the tags.
    const members = Object.fromEntries(Object.entries(tag ?? {}).sort(([a], [b]) => compareUtf8(a, b)));
    const [name, value] = [memberIgnoringCase(members, "name") ?? "", memberIgnoringCase(members, "value") ?? ""];
    if (typeof name !== "string" || typeof value !== "string") return {};
    tags.set(name, value);
  }
  return Object.fromEntries(tags);
}

/** Parses `a:b;c`: a value may contain colons, a tag without a colon has an empty value. */
function parseTagText(text: string): Readonly<Record<string, string>> {
  if (text === "") return {};
  return Object.fromEntries(text.split(";").map((tag) => [tag.split(":", 1)[0], tag.includes(":") ? tag.slice(tag.indexOf(":") + 1) : ""]));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  const parsed = parseGoJson(text);
  return parsed.ok && isObject(parsed.value) ? parsed.value : {};
}
