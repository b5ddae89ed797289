import { jsonName } from "../../src/settings/schema.ts";
import type { Api } from "./api.ts";
import type { ProtoEnum, ProtoField, ProtoMessage } from "./proto-reader.ts";

const PROXY_CONFIG = "istio.mesh.v1alpha1.ProxyConfig";
const MESH_CONFIG = "istio.mesh.v1alpha1.MeshConfig";
/** The field of a mesh config that is a ProxyConfig, which a contract reads apart. */
const DEFAULT_CONFIG = "default_config";

const SCALARS = ["string", "bool", "int32", "uint32", "int64", "double"];
const WRAPPER = /^google\.protobuf\.(String|Bool|Int32|UInt32|Int64|Double)Value$/;

/** The bodies of the two files with the schemas of a release. */
export interface SchemaSource {
  readonly proxyConfig: string;
  readonly meshConfig: string;
}

/** The schemas that an API publishes, as the profiles keep them. @throws Error for what no schema has a form for */
export function schemaSource(api: Api, enumSeparator: "_" | "."): SchemaSource {
  const source = new Source(api, enumSeparator);
  return { proxyConfig: source.proxyConfig(), meshConfig: source.meshConfig() };
}

/** Returns the body of the file with what a release has otherwise than the one it is based on. @throws Error for what has no form */
export function schemaChanges(api: Api, base: Api, enumSeparator: "_" | "."): string {
  const [own, other] = [new Source(api, enumSeparator, false), new Source(base, enumSeparator, false)];
  const constants = (["PROXY_CONFIG", "MESH"] as const).map((kind) => {
    const changes = own.changesFrom(other, kind === "MESH" ? MESH_CONFIG : PROXY_CONFIG);
    const what = kind === "MESH" ? "the mesh config, but for its defaultConfig," : "ProxyConfig";
    return `/** What ${what} has otherwise than that of the release it is based on. */\nexport const ${kind}_CHANGES = {\n${changes.join("\n")}\n} as const satisfies SchemaChanges;`;
  });
  const body = constants.join("\n\n");
  return `import type { SchemaChanges } from "../../settings/changed-schema.ts";\n${importOf(body, [])}\n${body}\n`;
}

/** A message or an enum that several fields have: it gets a constant. */
interface Shared {
  readonly constant: string;
  readonly text: string;
}

class Source {
  readonly #uses = new Map<string, number>();
  readonly #shared = new Map<string, Shared>();
  /** The constants of the file under way, each behind those it names, and what it takes from the other file. */
  #own: Shared[] = [];
  readonly #foreign = new Set<string>();

  constructor(
    readonly api: Api,
    readonly enumSeparator: "_" | ".",
    /** Whether what several fields have gets a constant. */
    isShared = true,
  ) {
    if (!isShared) return;
    this.#count(PROXY_CONFIG);
    this.#count(MESH_CONFIG);
  }

  /** The fields of a message that another API has otherwise, or lacks, or has in addition, by their paths. */
  changesFrom(other: Source, name: string, prefix = ""): readonly string[] {
    const [own, base] = [this.#fieldsOf(name), other.#fieldsOf(name)];
    return [...new Set([...base.keys(), ...own.keys()])].flatMap((key) => {
      const [mine, theirs] = [own.get(key), base.get(key)];
      const path = `${prefix}${key}`;
      if (mine?.text === theirs?.text) return [];
      if (mine === undefined) return [`${JSON.stringify(path)}: undefined,`];
      const type = this.#typeOf(mine.field, name);
      const isMessage = type !== undefined && this.api.get(type)?.kind === "message";
      if (theirs === undefined || !isMessage || other.#typeOf(theirs.field, name) !== type || mine.field.label !== theirs.field.label)
        return [`${JSON.stringify(path)}: ${mine.text},`];
      return this.changesFrom(other, type, `${path}.`);
    });
  }

  proxyConfig(): string {
    const root = this.#body(PROXY_CONFIG);
    const constants = this.#own.map(({ constant, text }) => `export const ${constant} = ${text};`);
    const schema = `/** ProxyConfig as the release publishes it. */\nexport const PROXY_CONFIG = ${root} as const satisfies MessageSchema;`;
    return withImports([...constants, schema].join("\n\n"), []);
  }

  /** What belongs to ProxyConfig, too, is named by the other file. */
  meshConfig(): string {
    this.#own = [];
    this.#foreign.clear();
    const root = this.#body(MESH_CONFIG);
    const constants = this.#own.map(({ constant, text }) => `const ${constant} = ${text};`);
    const schema = `/** The mesh config as the release publishes it, but for its defaultConfig. */\nexport const MESH_SCHEMA = ${root} as const satisfies MessageSchema;`;
    return withImports([...constants, schema].join("\n\n"), [...this.#foreign].sort());
  }

  /** Counts the fields of each type, in every message once. */
  #count(name: string): void {
    for (const field of this.#message(name).fields) {
      const type = this.#typeOf(field, name);
      if (type === undefined || (name === MESH_CONFIG && field.name === DEFAULT_CONFIG)) continue;
      const uses = (this.#uses.get(type) ?? 0) + 1;
      this.#uses.set(type, uses);
      if (uses === 1 && this.api.get(type)?.kind === "message") this.#count(type);
    }
  }

  /** The fields of a message by their keys, in the order of the file. */
  #fieldsOf(name: string): ReadonlyMap<string, { readonly field: ProtoField; readonly text: string }> {
    const kept = this.#message(name).fields.filter((field) => name !== MESH_CONFIG || field.name !== DEFAULT_CONFIG);
    return new Map(
      kept.flatMap((field) => {
        const text = this.#field(field, name);
        const json = jsonNameOf(field.name);
        // A name of the file that does not follow from the one in JSON is a key of its own.
        const isOdd = json !== field.name && jsonName(field.name) !== json;
        return [json, ...(isOdd ? [field.name] : [])].map((key) => [key, { field, text }] as const);
      }),
    );
  }

  /** A message as an object: its fields in the order of the file, and what excludes each other. */
  #body(name: string): string {
    const { fields, oneofs } = this.#message(name);
    const written = [...this.#fieldsOf(name)].map(([key, { text }]) => `${key}: ${text},`);
    // Of a single member there is nothing to choose, and a message is there or not in any case.
    const groups = oneofs.filter((members) => members.length > 1 || this.#isScalar(members[0], fields, name));
    const lists = groups.map((members) => `[${members.map((member) => JSON.stringify(jsonNameOf(member))).join(", ")}]`);
    return `{ fields: {\n${written.join("\n")}\n}, ${lists.length === 0 ? "" : `oneofs: [${lists.join(", ")}],`} }`;
  }

  #isScalar(member: string | undefined, fields: readonly ProtoField[], scope: string): boolean {
    const field = fields.find(({ name }) => name === member);
    return field !== undefined && this.#typeOf(field, scope) === undefined;
  }

  #field(field: ProtoField, scope: string): string {
    const type = this.#type(field, scope);
    if (field.label === "repeated") return type === '"string"' ? "TEXTS" : `{ list: ${type} }`;
    if (field.label === "map") return type === '"string"' ? "TEXT_MAP" : `{ map: ${type} }`;
    return field.label === "optional" && type.startsWith('"') ? `{ wrapper: ${type} }` : type;
  }

  #type(field: ProtoField, scope: string): string {
    if (SCALARS.includes(field.type)) return JSON.stringify(field.type);
    if (field.type === "google.protobuf.Duration") return '"duration"';
    if (field.type === "google.protobuf.Struct") return '"struct"';
    const [, wrapped] = WRAPPER.exec(field.type) ?? [];
    if (wrapped !== undefined) return wrapped === "Bool" ? "BOOL_VALUE" : `{ wrapper: "${wrapped.toLowerCase()}" }`;
    const name = this.#typeOf(field, scope);
    const type = name === undefined ? undefined : this.api.get(name);
    if (name === undefined || type === undefined) throw new Error(`No schema has a form for ${field.type} (${field.name} in ${scope})`);
    if ((this.#uses.get(name) ?? 0) > 1) return this.#reference(name, type);
    return type.kind === "enum" ? this.#enumText(name, type) : `message(() => (${this.#body(name)}))`;
  }

  #enumText(name: string, { values }: ProtoEnum): string {
    const said = name.replace(
      /^((?:[a-z0-9]+\.)+)(.*)$/,
      (_, scope: string, own: string) => scope + own.replaceAll(".", this.enumSeparator),
    );
    const names = values.map(([each]) => JSON.stringify(each)).join(", ");
    if (values.every(([, value], at) => value === at)) return `enumOf("${said}", ${names})`;
    return `{ enum: "${said}", names: [${names}], numbers: [${values.map(([, value]) => value).join(", ")}] } as const`;
  }

  /** A constant by its name, made where it is met first. */
  #reference(name: string, type: ProtoMessage | ProtoEnum): string {
    const known = this.#shared.get(name);
    const constant = known?.constant ?? this.#constantOf(name);
    if (known === undefined) {
      const text = type.kind === "enum" ? this.#enumText(name, type) : `() => (${this.#body(name)}) as const satisfies MessageSchema`;
      const made = { constant, text };
      this.#shared.set(name, made);
      this.#own.push(made);
    } else if (!this.#own.includes(known)) this.#foreign.add(constant);
    return type.kind === "enum" ? constant : `message(${constant})`;
  }

  /** The last part of a name, with the part before it where that is not enough. */
  #constantOf(name: string): string {
    const [last = "", before = ""] = name.split(".").reverse();
    const others = [...this.#uses].filter(([other, uses]) => uses > 1 && other !== name && other.endsWith(`.${last}`));
    return upperCase(others.length === 0 ? last : `${before}${last}`);
  }

  /** The full name of a field's type as the scopes around it give it; undefined for one of the language. */
  #typeOf({ type }: ProtoField, scope: string): string | undefined {
    if (type.startsWith(".")) return type.slice(1);
    for (let around = scope; around !== ""; around = around.slice(0, Math.max(0, around.lastIndexOf("."))))
      if (this.api.has(`${around}.${type}`)) return `${around}.${type}`;
    return this.api.has(type) ? type : undefined;
  }

  #message(name: string): ProtoMessage {
    const found = this.api.get(name);
    if (found?.kind !== "message") throw new Error(`The API has no message ${name}`);
    return found;
  }
}

/** `proxy_admin_port` → `proxyAdminPort`, as protobuf makes the name in JSON. */
function jsonNameOf(name: string): string {
  return name.replace(/_(.)/g, (_, next: string) => next.toUpperCase());
}

/** `ClientTLSSettings` → `CLIENT_TLS_SETTINGS`. */
function upperCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, (_, a = "", b = "", c = "", d = "") => `${a}${c}_${b}${d}`).toUpperCase();
}

/** A body with the imports of what it names. */
function withImports(body: string, foreign: readonly string[]): string {
  return `${importOf(body, ["type MessageSchema"])}${foreign.length === 0 ? "" : `import { ${foreign.join(", ")} } from "./proxy-config-schema.ts";\n`}\n${body}\n`;
}

/** The import of what a body names, and of further types, from the module of schemas; nothing if it names nothing. */
function importOf(body: string, types: readonly string[]): string {
  const parts = ["BOOL_VALUE", "enumOf", "message", "TEXT_MAP", "TEXTS"].filter((name) => new RegExp(`\\b${name}\\b(?!:)`).test(body));
  const names = [...parts, ...types];
  return names.length === 0 ? "" : `import { ${names.join(", ")} } from "../../settings/schema.ts";\n`;
}
