import { createHash } from "node:crypto";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { type ApiRelease, apiOf, MODULE, RELEASES } from "./api.ts";
import { schemaSource } from "./schema-source.ts";

/** A file with schemas: its path in the repository, and its text. */
export interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

/** The paths of the files with schemas. */
export function schemaPaths({ name }: ApiRelease): { readonly proxyConfig: string; readonly meshConfig: string } {
  return { proxyConfig: `src/profiles/${name}/proxy-config-schema.ts`, meshConfig: `src/profiles/${name}/mesh-schema.ts` };
}

/** The files with the schemas of every release as its API publishes them. @throws Error for an API that cannot be had or read */
export async function schemaFiles(): Promise<readonly SchemaFile[]> {
  const files: SchemaFile[] = [];
  for (const release of RELEASES) {
    const source = schemaSource(await apiOf(release), release.enumSeparator);
    const paths = schemaPaths(release);
    for (const kind of ["proxyConfig", "meshConfig"] as const) {
      const body = await formatted(source[kind], paths[kind]);
      files.push({ path: paths[kind], text: `${header(release)}// ${digestOf(body)}\n\n${body}` });
    }
  }
  return files;
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
