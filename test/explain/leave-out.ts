import { posix } from "node:path";
import { isMap, parseDocument } from "yaml";
import type { Case } from "../conformance/cases.ts";

/** An input of a recorded case by the name that explain gives it, and the case without it. */
export interface RawInput {
  readonly label: string;
  /** Undefined where this file cannot tell how to write the rest down. */
  readonly without: Case | undefined;
}

const MESH = "etc/istio/config/mesh";
const DOCUMENT = "PROXY_CONFIG";

// What explain finds by its own trials is checked by leaving inputs out here: out of the arguments, variables and files as they were recorded.

/** Returns the flags of a case, each once, and its role. `kindOf`: the kind of a flag; an unknown one takes only a value without a dash. */
export function rawArguments(recorded: Case, kindOf: (name: string) => string | undefined): readonly RawInput[] {
  const { args } = recorded;
  const start = args.indexOf("proxy") + 1;
  const found: { readonly label: string; readonly at: number; readonly length: number }[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return [];
    const isFlag = word.startsWith("--");
    // Short flags are not taken apart here.
    if (!isFlag && word.startsWith("-")) return [];
    const next = args[at + 1];
    const kind = kindOf(word.slice(2));
    const takesNext =
      isFlag && !word.includes("=") && next !== undefined && kind !== "bool" && (kind !== undefined || !next.startsWith("-"));
    const length = takesNext ? 2 : 1;
    if (isFlag) found.push({ label: word.split("=")[0] ?? "", at, length });
    else if (at >= start) found.push({ label: "the role", at, length });
    at += length - 1;
  }
  const isOnce = (label: string) => found.filter((each) => each.label === label).length === 1;
  return found
    .filter(({ label }) => isOnce(label))
    .map(({ label, at, length }) => ({ label, without: { ...recorded, args: [...args.slice(0, at), ...args.slice(at + length)] } }));
}

/** Returns the variables, labels, annotations, settings in documents and addresses of a case. `documents`: annotations that contain settings. */
export function rawInputs(recorded: Case, documents: readonly string[]): readonly RawInput[] {
  return [
    ...variables(recorded),
    ...podFile(recorded, "annotations", documents),
    ...podFile(recorded, "labels", []),
    ...mesh(recorded),
    ...addresses(recorded),
  ];
}

function variables(recorded: Case): readonly RawInput[] {
  const env = recorded.env ?? {};
  return Object.entries(env).flatMap(([name, value]) => {
    const fields = name === DOCUMENT ? fieldsOf(value, []) : [];
    if (fields.length === 0) {
      const { [name]: _, ...rest } = env;
      return [{ label: name, without: { ...recorded, env: rest } }];
    }
    return fields.map(({ path, rest }) => ({
      label: `${path.join(".")} in ${DOCUMENT}`,
      without: rest === undefined ? undefined : { ...recorded, env: { ...env, [name]: rest } },
    }));
  });
}

/** Returns the entries of a file of the Downward API, one on each line; none for a file of another form. */
function podFile(recorded: Case, name: "labels" | "annotations", documents: readonly string[]): readonly RawInput[] {
  const [path, text] = fileAt(recorded, `etc/istio/pod/${name}`);
  const lines = text.split("\n").filter((line) => line !== "");
  if (!lines.every((line) => /^[^="]+="(?:[^"\\]|\\.)*"$/.test(line))) return [];
  const keys = lines.map((line) => line.slice(0, line.indexOf("=")));
  if (new Set(keys).size < keys.length) return [];
  return lines.flatMap((line, at) => {
    const key = keys[at] ?? "";
    const label = `pod ${name === "labels" ? "label" : "annotation"} ${key}`;
    const with_ = (other: readonly string[]) =>
      withFile(recorded, path, [...lines.slice(0, at), ...other, ...lines.slice(at + 1)].join("\n"));
    const value = documents.includes(key) ? unquoted(line.slice(line.indexOf("=") + 1)) : undefined;
    const fields = value === undefined ? [] : fieldsOf(value, []);
    if (documents.includes(key) && value === undefined) return [];
    if (fields.length === 0) return [{ label, without: with_([]) }];
    return fields.map(({ path: field, rest }) => ({
      label: `${field.join(".")} in ${label}`,
      without: rest === undefined ? undefined : with_([`${key}=${JSON.stringify(rest)}`]),
    }));
  });
}

function mesh(recorded: Case): readonly RawInput[] {
  // Another file may be named.
  if (recorded.args.some((word) => word.startsWith("--meshConfig"))) return [];
  const [path, text] = fileAt(recorded, MESH);
  return [...fieldsOf(text, ["defaultConfig"]), ...fieldsOf(text, [])]
    .filter(({ path: field }) => field.length > 1 || field[0] !== "defaultConfig")
    .filter(({ path: field }, at, all) => all.findIndex((each) => each.path.join() === field.join()) === at)
    .map(({ path: field, rest }) => ({
      label: `${field.join(".")} in the mesh config file`,
      without: rest === undefined ? undefined : withFile(recorded, path, rest),
    }));
}

function addresses(recorded: Case): readonly RawInput[] {
  const interfaces = recorded.interfaces ?? { eth0: ["10.244.0.16/24"] };
  return Object.entries(interfaces).flatMap(([name, all]) =>
    name === "lo"
      ? []
      : all.map((address) => ({
          label: `address ${address.split("/")[0]} of ${name}`,
          without: { ...recorded, interfaces: { ...interfaces, [name]: all.filter((each) => each !== address) } },
        })),
  );
}

interface Field {
  readonly path: readonly string[];
  /** The document without it. */
  readonly rest: string | undefined;
}

/** Returns the fields of a mapping in a document, and those of proxyMetadata one by one; none for anything else. */
function fieldsOf(text: string, prefix: readonly string[]): readonly Field[] {
  const read = parseDocument(text, { version: "1.1", logLevel: "silent", uniqueKeys: false });
  if (read.errors.length > 0) return [];
  const node = prefix.length === 0 ? read.contents : read.getIn(prefix);
  if (!isMap(node)) return [];
  return node.items
    .flatMap(({ key }) => {
      const name = String(key);
      const value = node.get(name);
      const isMetadata = name === "proxyMetadata" || name === "proxy_metadata";
      const inner = isMetadata && isMap(value) && value.items.length > 0 ? value.items.map((item) => [name, String(item.key)]) : [[name]];
      return inner.map((each) => ({ path: [...prefix, ...each], rest: withoutAt(text, [...prefix, ...each]) }));
    })
    .filter(({ path }, at, all) => all.findIndex((each) => each.path.join() === path.join()) === at);
}

/** Returns a document without the value at a path. JSON stays JSON; a text that would not be written the same again is left aside. */
function withoutAt(text: string, path: readonly string[]): string | undefined {
  try {
    const value = JSON.parse(text);
    const parent = path.slice(0, -1).reduce((each, name) => each[name], value);
    delete parent[path.at(-1) ?? ""];
    // Numbers that JavaScript cannot keep, and names that occur twice.
    return /\d{16}/.test(text) || JSON.stringify(JSON.parse(text)).length !== text.replace(/(?<=[{,:[]|^)\s+|\s+(?=[}\],:]|$)/g, "").length
      ? undefined
      : JSON.stringify(value);
  } catch {
    const read = parseDocument(text, { version: "1.1", logLevel: "silent" });
    if (read.errors.length > 0) return undefined;
    if (/[&*!%]|<<|\d{16}/.test(text) || String(read).trim() !== text.trim()) return undefined;
    read.deleteIn(path);
    return String(read);
  }
}

function fileAt(recorded: Case, wanted: string): readonly [path: string, text: string] {
  const found = Object.entries(recorded.files ?? {}).find(([path]) => posix.join(path) === wanted);
  return found !== undefined && typeof found[1] === "string" ? [found[0], found[1]] : [wanted, ""];
}

function withFile(recorded: Case, path: string, text: string): Case {
  return { ...recorded, files: { ...recorded.files, [path]: text } };
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
