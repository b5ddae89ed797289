import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compact } from "../../build/compact.ts";
import { dropModules } from "../../build/drop-modules.ts";
import { BINARY, ROOT } from "../support/subject.ts";

const work = mkdtempSync(join(tmpdir(), "attache-build-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Builds a copy of the sources, outside git, and gives the executable's bytes and what the build said. */
async function build(name: string, env: Readonly<Record<string, string>>): Promise<{ readonly bytes: Buffer; readonly said: string }> {
  const copy = join(work, name);
  for (const part of ["src", "templates", "build", "build.ts", "package.json", "package-lock.json", "bunfig.toml", "tsconfig.json"])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const child = Bun.spawn([process.execPath, "build.ts"], {
    cwd: copy,
    env: { PATH: process.env["PATH"] ?? "", HOME: work, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return { bytes: readFileSync(join(copy, "dist/attache")), said };
}

test("two builds give the same bytes; outside git commit and date are unknown", async () => {
  const [first, second] = [await build("first", {}), await build("second", {})];
  expect(first.bytes.equals(second.bytes)).toBe(true);
  expect(first.said).toContain("attache 0.1.0 unknown unknown");
  expect(first.said).toContain(`${first.bytes.length} bytes`);
});

test("SOURCE_DATE_EPOCH sets the date", async () => {
  expect((await build("dated", { SOURCE_DATE_EPOCH: "86400" })).said).toContain("1970-01-02T00:00:00.000Z");
});

// The limit is 5.5 MB (docs/performance.md, Size).
test("our own part of the executable is at most 5 MB", () => {
  const runtime = statSync(join(ROOT, "node_modules/bun/bin/bun.exe")).size;
  expect(statSync(BINARY.command[0] ?? "").size - runtime).toBeLessThan(5_000_000);
});

test.each([
  ["an executable that is compact already", () => readFileSync(BINARY.command[0] ?? "")],
  ["a runtime without a program", () => readFileSync(join(ROOT, "node_modules/bun/bin/bun.exe"))],
])("%s is not touched but refused: its layout is another", (name, bytes) => {
  const path = join(work, name.replaceAll(" ", "-"));
  const before = bytes();
  writeFileSync(path, before);
  expect(() => compact(path)).toThrow(`Cannot compact ${path}`);
  expect(() => dropModules(path)).toThrow(`Cannot drop unused modules of ${path}`);
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a module whose bytecode is dropped can still be loaded", async () => {
  const [source, program] = [join(work, "program.ts"), join(work, "program")];
  writeFileSync(
    source,
    'import { createInterface } from "node:readline"; import { gzipSync } from "node:zlib"; console.log(typeof createInterface, gzipSync("a").length);',
  );
  const { success } = await Bun.build({
    entrypoints: [source],
    compile: { outfile: program, autoloadBunfig: false },
    format: "esm",
    bytecode: true,
  });
  expect(success).toBe(true);
  const before = statSync(program).size;
  dropModules(program);
  expect(before - statSync(program).size).toBeGreaterThan(500_000);
  const child = Bun.spawn([program], { stdio: ["ignore", "pipe", "inherit"] });
  expect(await child.stdout.text()).toBe("function 21\n");
});

test.each([
  ["imports another one", 'import { name } from "./loaded.ts"; import "node:fs"; console.log(name);'],
  ["only loads another one", 'const { name } = await import("./loaded.ts"); await import("node:fs"); console.log(name);'],
])("a program whose first file %s needs no more parsing than before", async (_, text) => {
  const [source, program] = [join(work, "parsed.ts"), join(work, "parsed")];
  writeFileSync(join(work, "loaded.ts"), 'export const name = "loaded";');
  writeFileSync(source, text);
  const compile = { outfile: program, autoloadBunfig: false };
  const { success } = await Bun.build({ entrypoints: [source], compile, format: "esm", splitting: true, bytecode: true });
  expect(success).toBe(true);
  const run = () => {
    const { stdout, stderr } = Bun.spawnSync([program], { env: { BUN_JSC_reportParseTimes: "1" } });
    return { printed: stdout.toString(), parsed: stderr.toString().match(/^Parsed /gm)?.length };
  };
  const before = run();
  expect(before).toEqual({ printed: "loaded\n", parsed: expect.any(Number) });
  dropModules(program);
  expect(run()).toEqual(before);
});
