import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";
import { ROOT } from "./support/subject.ts";

/** The modules of src, lowest first: a file imports, values and types alike, from its own module and from those before it. */
const MODULES = [
  "common",
  "secrets",
  "go",
  "linux",
  "http",
  "inputs",
  "pod",
  "cli",
  "iptables",
  "envoy",
  "settings",
  "node",
  "bootstrap",
  "mesh",
  "status",
  "supervisor",
  "profiles",
  "launch",
  "explain",
  "commands",
  "host",
  "main",
];

const sources = [...new Glob("src/**/*.ts").scanSync(ROOT)].filter((path) => !path.endsWith(".d.ts")).sort();
const transpiler = new Bun.Transpiler({ loader: "ts" });
const texts = new Map(await Promise.all(sources.map(async (path) => [path, await Bun.file(join(ROOT, path)).text()] as const)));

/** What a file needs at run time; imports of types alone do not count. */
function importsOf(path: string): readonly string[] {
  // A lazy `require("…")` is an import too; `typeof import("…")` beside it is a type.
  return transpiler.scanImports(texts.get(path) ?? "").map((found) => found.path);
}

/** Everything a file names in any kind of import: `from "…"`, `import("…")`, `typeof import("…")`, `require("…")`. */
function namedIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:from|import|require)\b[\s(]*"([^"]+)"/g)].map(([, found]) => found ?? "");
}

function resolved(path: string, found: string): string | undefined {
  return found.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), found)) : undefined;
}

/** The place of a file's module in their order; -1 for none of them. */
function levelOf(path: string): number {
  const [, name = ""] = path.replace(/\.ts$/, "").split("/");
  return MODULES.indexOf(name);
}

/** The files that are loaded with a file, and the modules that are none of ours. */
function loadedWith(file: string): { readonly files: readonly string[]; readonly modules: readonly string[] } {
  const files = new Set<string>();
  const modules = new Set<string>();
  const visit = (path: string) => {
    if (files.has(path)) return;
    files.add(path);
    for (const { path: found, kind } of transpiler.scanImports(texts.get(path) ?? "")) {
      const next = resolved(path, found);
      if (kind !== "import-statement") continue;
      if (next === undefined) modules.add(found);
      else if (texts.has(next)) visit(next);
    }
  };
  visit(file);
  return { files: [...files], modules: [...modules] };
}

const touchesMachine = (path: string) => path === "src/main.ts" || path.startsWith("src/host/");

describe("architecture", () => {
  test("docs/architecture.md names every module, in this order, and only files that exist", async () => {
    const page = await Bun.file(join(ROOT, "docs/architecture.md")).text();
    const rows = [...page.matchAll(/^\| `([a-z]+)(?:\.ts)?` \|/gm)].map(([, name]) => name ?? "");
    expect(rows).toEqual(MODULES);
    const named = [...page.matchAll(/`((?:src|test|templates|build)\/[^`<>]*?\.[a-z]+)`/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const stages = [...page.matchAll(/^ {2}[│▼] {2}((?:host|cli|commands|settings|launch|supervisor)\/[a-z-]+)/gm)].map(
      ([, path]) => path ?? "",
    );
    expect(stages.length).toBeGreaterThan(5);
    expect(stages.filter((path) => !existsSync(join(ROOT, `src/${path}.ts`)) && !existsSync(join(ROOT, `src/${path}`)))).toEqual([]);
  });

  test("the paths in docs/architecture.md pass only files that exist, and mark every step back", async () => {
    const page = await Bun.file(join(ROOT, "docs/architecture.md")).text();
    const lists = [...page.matchAll(/^### .*?^```\n(.*?)^```$/gms)].map(([, list]) => list ?? "");
    expect(lists).toHaveLength(5);
    for (const list of lists) {
      const stops = [...list.matchAll(/^ *(↩ )?([a-z][\w./-]*)/gm)].map(([, back, path = ""]) => ({ isBack: back !== undefined, path }));
      expect(stops).toHaveLength(list.trimEnd().split("\n").length);
      expect(stops.filter(({ path }) => !existsSync(join(ROOT, `src/${path}.ts`)) && !existsSync(join(ROOT, path)))).toEqual([]);
      const passed = (at: number) => stops.slice(0, at).some(({ path }) => path === stops[at]?.path);
      expect(stops.filter(({ isBack }, at) => isBack !== passed(at))).toEqual([]);
    }
  });

  test("every source file belongs to a known module", () => {
    expect(sources.filter((path) => levelOf(path) < 0)).toEqual([]);
  });

  test("every kind of import counts, of types too", () => {
    const text = `
      import { a } from "./a.ts"; import type { b } from "./b.ts"; import { type c } from "./c.ts"; export type { d } from "./d.ts";
      import "./e.ts"; const f: typeof import("./f.ts") = require("./g.ts"); const h = await import("./h.ts"); type I = import("./i.ts").I;`;
    expect(namedIn(text)).toEqual([..."abcdefghi"].map((name) => `./${name}.ts`));
  });

  test.each(sources)("%s imports from its own module and those before it", (path) => {
    const text = texts.get(path) ?? "";
    expect(importsOf(path).filter((found) => !namedIn(text).includes(found))).toEqual([]);
    const local = namedIn(text).flatMap((found) => resolved(path, found) ?? []);
    const upwards = local
      .filter((found) => found.startsWith("src/") && levelOf(found) > levelOf(path))
      .map((found) => `${path} -> ${found}`);
    expect(upwards).toEqual([]);
    expect(local.filter((found) => !existsSync(join(ROOT, found)))).toEqual([]);
  });

  test.each(sources.filter((path) => !touchesMachine(path)))("%s does not touch the machine", (path) => {
    const machine = importsOf(path).filter((found) =>
      /\/host\/|^bun$|^bun:|^(node:)?(fs|child_process|net|http|https|dgram|tls|dns)(\/promises)?$/.test(found),
    );
    expect(machine).toEqual([]);
    const code = transpiler.transformSync(texts.get(path) ?? "");
    expect(
      /\b(process|Bun)\.|\bDate\.now|new Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bfetch\(|Math\.random/.exec(code)?.[0],
    ).toBeUndefined();
  });

  test("nothing asks the runtime for local times or an order of texts, for which it prepares ICU: 8 ms and 0.8 MB", () => {
    const asks = /\.(getTimezoneOffset|get(Hours|Minutes|Day|Date|Month|FullYear)|toLocale\w+|localeCompare)\(|\bIntl\./;
    const found = sources.filter((path) => asks.test(transpiler.transformSync(texts.get(path) ?? "")));
    expect(found).toEqual([]);
  });

  test("there is no import cycle", () => {
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): readonly string[] => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
      if (done.has(path)) return [];
      for (const found of importsOf(path)) {
        const next = resolved(path, found);
        const cycle = next !== undefined && texts.has(next) ? visit(next, [...trail, path]) : [];
        if (cycle.length > 0) return cycle;
      }
      done.add(path);
      return [];
    };
    expect(sources.map((path) => visit(path, [])).find((cycle) => cycle.length > 0) ?? []).toEqual([]);
  });

  test("what supervises Envoy is loaded after its start", () => {
    const later = /^src\/(host\/(http|services|status|supervisor)|supervisor)\/|^src\/commands\/supervise-envoy/;
    const { files } = loadedWith("src/host/start.ts");
    expect(files.filter((path) => later.test(path))).toEqual([]);
    // Of these folders only what a start calls.
    expect(files.filter((path) => /^src\/host\/(envoy|linux)\//.test(path)).sort()).toEqual([
      "src/host/envoy/open-envoys.ts",
      "src/host/envoy/start-failure.ts",
      "src/host/linux/ffi.ts",
      "src/host/linux/ignored-signals.ts",
      "src/host/linux/own-children.ts",
      "src/host/linux/start-libc.ts",
    ]);
    expect(files.length).toBeGreaterThan(50);
  });

  // One takes time of every start and memory of every agent: node:fs a millisecond and half a megabyte.
  test("neither a start nor an agent at rest loads a module of the runtime", () => {
    const atRest = ["commands/supervise-envoy", "host/supervisor/open-effects", "host/envoy/parent-death", "host/status/status-server"];
    const names = ["main", ...atRest];
    const found = ["host/start", ...names].map((name) => [name, loadedWith(`src/${name}.ts`).modules]);
    // A package is part of the executable.
    expect(found).toEqual([["host/start", ["minimist"]], ...names.map((name) => [name, []])]);
  });

  // Of those that it would load, node:crypto takes most, as it loads streams.
  test("an agent in a mesh loads no module of the runtime with its own files", () => {
    const ofMesh = ["host/services/sds-service", "host/services/xds-service", "host/services/long-waits", "host/mesh/key-source"];
    expect(ofMesh.flatMap((name) => loadedWith(`src/${name}.ts`).modules)).toEqual([]);
  });

  test("the process that makes a key loads nothing of a start, and nothing but what it needs", () => {
    expect(loadedWith("src/main.ts").files).toEqual(["src/main.ts"]);
    const { files, modules } = loadedWith("src/host/mesh/run-key-maker.ts");
    const started = loadedWith("src/host/start.ts").files;
    expect(files.filter((path) => started.includes(path))).toEqual([]);
    expect(files.toSorted()).toEqual([
      "src/host/mesh/request-certificate.ts",
      "src/host/mesh/run-key-maker.ts",
      "src/host/mesh/search-prime.ts",
      "src/mesh/csr.ts",
      "src/mesh/key-maker.ts",
      "src/mesh/pem.ts",
      "src/mesh/prime-candidates.ts",
      "src/mesh/rsa-key.ts",
    ]);
    expect(modules).toEqual(["node:crypto"]);
  });

  test("a start loads nothing that only explains or compares", () => {
    const { files } = loadedWith("src/host/start.ts");
    expect(
      files.filter((path) => /^src\/(pod|explain)\/|^src\/commands\/(explain|diff|subject|plan-subject|invocation-of)/.test(path)),
    ).toEqual([]);
  });

  test("process.exit is called once, in main.ts", () => {
    const places = sources.filter((path) => /process\.exit\b/.test(transpiler.transformSync(texts.get(path) ?? "")));
    expect(places).toEqual(["src/main.ts"]);
  });

  test("nothing touches process.stdout or process.stderr, which share their state with Envoy", () => {
    expect(sources.filter((path) => /process\.(stdout|stderr)/.test(texts.get(path) ?? ""))).toEqual([]);
  });

  test("code is made at run time in one place, for a person's own template", () => {
    const makers = sources.filter((path) =>
      /\beval\(|new Function\(|\brequire\("eta"\)|from "eta"/.test(transpiler.transformSync(texts.get(path) ?? "")),
    );
    expect(makers).toEqual(["src/bootstrap/user-template.ts", "src/host/eta-plugin.ts"]);
  });

  test("only profiles/choose.ts knows the profiles by name", () => {
    const knowing = sources.filter(
      (path) => !/^src\/profiles\//.test(path) && /istio-1\.\d/.test(transpiler.transformSync(texts.get(path) ?? "")),
    );
    // The switch table names them in a help text, the examples in a command line.
    expect(knowing).toEqual(["src/cli/switches.ts", "src/commands/examples.ts"]);
  });

  test("every child is known to the reaper, which would take its status otherwise", () => {
    const unknown = sources.filter((path) => /(?<!trackChild\(\s*)Bun\.spawn(Sync)?\(/.test(texts.get(path) ?? ""));
    expect(unknown).toEqual([]);
    expect(sources.filter((path) => /trackChild\(\s*Bun\.spawn\(/.test(texts.get(path) ?? "")).length).toBeGreaterThan(1);
  });
});
