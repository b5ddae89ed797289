import { createHash } from "node:crypto";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { type Api, type ApiRelease, apiOf, MODULE, RELEASES } from "./api.ts";
import { schemaChanges, schemaSource } from "./schema-source.ts";

/** A file with schemas: its path in the repository, and its text. */
export interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

/** The paths of the files with schemas: two of a whole API, or one of changes. */
export function schemaPaths({ name, basedOn }: ApiRelease): readonly string[] {
  const files = basedOn === undefined ? ["proxy-config-schema.ts", "mesh-schema.ts"] : ["schema-changes.ts"];
  return files.map((file) => `src/profiles/${name}/${file}`);
}

/** The files with the schemas of every release as its API publishes them. @throws Error for an API that cannot be had or read */
export async function schemaFiles(): Promise<readonly SchemaFile[]> {
  const apis = new Map<string, Api>();
  for (const release of RELEASES) apis.set(release.name, await apiOf(release));
  const files: SchemaFile[] = [];
  for (const release of RELEASES) {
    const bodies = bodiesOf(release, apis);
    for (const [at, path] of schemaPaths(release).entries()) {
      const body = await formatted(bodies[at] ?? "", path);
      files.push({ path, text: `${header(release)}// ${digestOf(body)}\n\n${body}` });
    }
  }
  return files;
}

function bodiesOf({ name, basedOn, enumSeparator }: ApiRelease, apis: ReadonlyMap<string, Api>): readonly string[] {
  const [api, base] = [apis.get(name), apis.get(basedOn ?? name)];
  if (api === undefined || base === undefined) throw new Error(`There is no release ${basedOn}, on which ${name} is based`);
  if (basedOn !== undefined) return [schemaChanges(api, base, enumSeparator)];
  const { proxyConfig, meshConfig } = schemaSource(api, enumSeparator);
  return [proxyConfig, meshConfig];
}

function header({ version }: ApiRelease): string {
  return `// Written by \`npm run schemas\` from the proto files of ${MODULE} ${version}, and not to be changed by hand.\n`;
}

/** What a text is known by: the line above it shows that nobody has changed it. */
export function digestOf(body: string): string {
  return `sha256 of what follows: ${createHash("sha256").update(body).digest("hex")}`;
}

/** Returns a source text in the format of the linter. @throws Error for one that does not parse */
async function formatted(text: string, path: string): Promise<string> {
  const biome = Bun.spawn([join(ROOT, "node_modules/.bin/biome"), "check", "--write", `--stdin-file-path=${path}`], {
    cwd: ROOT,
    stdin: new TextEncoder().encode(text),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, status] = await Promise.all([new Response(biome.stdout).text(), new Response(biome.stderr).text(), biome.exited]);
  if (status !== 0) throw new Error(`Cannot format ${path}:\n${err}`);
  return out;
}
