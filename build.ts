import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { $ } from "bun";
import { etaPlugin } from "./src/host/eta-plugin.ts";

/** What can be built; a further target is a row. */
const TARGETS = [{ target: "bun-linux-x64", outfile: "dist/attache" }] as const;

/**
 * Names of the runtime's own switches in the environment. Whoever sets a container's environment must not gain a
 * JavaScript shell by it, and no flag turns them off: their first byte is blanked in the finished file (RATIONALE).
 */
const SWITCHES = ["BUN_BE_BUN", "BUN_OPTIONS", "BUN_INSPECT"];

for (const { target, outfile } of TARGETS) {
  const stamp = await gitStamp();
  const version: unknown = JSON.parse(readFileSync("package.json", "utf8")).version;
  const result = await Bun.build({
    entrypoints: ["src/main.ts"],
    // Nothing of a start runs often enough to be worth compiling: the interpreter is left alone until Envoy runs.
    compile: {
      target,
      outfile,
      jitPolicy: 50,
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
    format: "esm",
    splitting: true,
    minify: true,
    bytecode: true,
    plugins: [etaPlugin],
    define: {
      "process.env.NODE_ENV": '"production"',
      ATTACHE_VERSION: JSON.stringify(version),
      ATTACHE_COMMIT: JSON.stringify(stamp.commit),
      ATTACHE_COMMIT_DATE: JSON.stringify(stamp.date),
    },
  });
  if (!result.success) throw new AggregateError(result.logs, `Cannot build ${outfile}`);
  disarm(outfile);
  const size = statSync(outfile).size;
  console.log(`${outfile} for ${target}: ${size} bytes (${(size / 1e6).toFixed(1)} MB), attache ${version} ${stamp.commit} ${stamp.date}`);
}

/** The commit and its date, never the wall clock; SOURCE_DATE_EPOCH wins, outside git both are unknown. */
async function gitStamp(): Promise<{ readonly commit: string; readonly date: string }> {
  const { exitCode, stdout } = await $`git log -1 --format=%h%n%ct`.quiet().nothrow();
  const [commit = "unknown", seconds] = exitCode === 0 ? stdout.toString().trim().split("\n") : [];
  const epoch = process.env["SOURCE_DATE_EPOCH"] || seconds;
  return { commit, date: epoch === undefined ? "unknown" : new Date(Number(epoch) * 1000).toISOString() };
}

/** Blanks the first byte of every whole occurrence of the switches' names in the runtime part of the file. */
function disarm(path: string): void {
  const bytes = readFileSync(path);
  for (const name of SWITCHES) {
    let count = 0;
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
      // The runtime's own scripts for a debugger mention the names too; they never run.
      if (bytes.subarray(at - 4, at).toString() === "env.") continue;
      bytes[at] = 0;
      count++;
    }
    if (count === 0) throw new Error(`Cannot disarm ${name}: it does not stand in ${path}; has the runtime changed?`);
    console.log(`disarmed ${name}: ${count} places`);
  }
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
}
