import { readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { compile } from "./build/compile.ts";
import { sizesOf, sizeTable } from "./build/sizes.ts";
import { readStamp, type Stamp } from "./build/stamp.ts";
import { hostTarget, namedTarget, TARGETS, type Target } from "./build/targets.ts";

/**
 * Builds dist/attache for this machine; with `--target NAME` dist/NAME/attache, with `--all` every target, followed by a table of sizes.
 * The file name is part of the bytes, so it is the same for all.
 */
const { values } = parseArgs({ options: { all: { type: "boolean" }, target: { type: "string" } } });
const host = hostTarget(process.arch, readFileSync("/proc/self/maps", "utf8"));
const stamp = await readStamp();

if (values.all === true) {
  for (const target of TARGETS) await build(target, `dist/${target.name}/attache`, stamp);
  console.log(`\n${sizeTable(TARGETS.map(({ name }) => [name, sizesOf(`dist/${name}/attache`)] as const))}`);
} else if (values.target !== undefined) await build(namedTarget(values.target), `dist/${values.target}/attache`, stamp);
else await build(host, "dist/attache", stamp);

async function build(target: Target, outfile: string, { version, commit, date }: Stamp): Promise<void> {
  await compile(target, outfile, stamp, target === host);
  const size = statSync(outfile).size;
  console.log(`${outfile} for ${target.name}: ${size} bytes (${(size / 1e6).toFixed(1)} MB), attache ${version} ${commit} ${date}`);
}
