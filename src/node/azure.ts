import { compareUtf8, isObject, memberInAnyCase, parseGoJson } from "../go/json.ts";

/** Where Azure's metadata service has what it says of a machine. */
export const AZURE_PATH = "metadata/instance";
const OLDEST_VERSION = "2019-08-15";

/** The parts of Azure's document that count; texts that are absent or none are empty. */
export interface AzureCompute {
  readonly name: string;
  readonly location: string;
  readonly vmId: string;
  readonly zone: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The newest version of the interface that the service lists when it is asked for none. */
export function newestAzureVersion(text: string): string {
  const listed = objectIn(text)["newest-versions"];
  const versions = Array.isArray(listed) ? listed.filter((version): version is string => typeof version === "string") : [];
  return [OLDEST_VERSION, ...versions].sort().at(-1) ?? OLDEST_VERSION;
}

/** What Azure's document says of the machine. */
export function azureCompute(text: string): AzureCompute {
  const given = objectIn(text)["compute"];
  const compute = isObject(given) ? given : {};
  const member = (name: string) => textOf(compute[name]);
  return {
    name: member("name"),
    location: member("location"),
    vmId: member("vmId"),
    zone: member("zone"),
    tags: Object.hasOwn(compute, "tagsList") ? listedTags(compute["tagsList"]) : writtenTags(member("tags")),
  };
}

/** Tags as a list of names and values; anything in it that is no text leaves none of them. */
function listedTags(list: unknown): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const tag of Array.isArray(list) ? list : []) {
    if (tag !== null && !isObject(tag)) return {};
    // Upstream writes the list out again, its keys in order, before it reads it as tags.
    const members = Object.fromEntries(Object.entries(tag ?? {}).sort(([a], [b]) => compareUtf8(a, b)));
    const [name, value] = [memberInAnyCase(members, "name") ?? "", memberInAnyCase(members, "value") ?? ""];
    if (typeof name !== "string" || typeof value !== "string") return {};
    tags.set(name, value);
  }
  return Object.fromEntries(tags);
}

/** `a:b;c`: a value may have colons in it, a tag without one is empty. */
function writtenTags(text: string): Readonly<Record<string, string>> {
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
