// Installs the packages a fresh clone lacks; runs on Node alone, as Bun itself is one of them.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const installed = join(root, "node_modules/.package-lock.json");

/** Whether every package of the lock file stands in node_modules in its version, apart from those of other platforms. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => path === "" || optional || found[path]?.version === version);
}

/** Runs a program to its end, its output ours. */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}

if (!isInstalled()) {
  console.log("Installing packages (once) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
// npm may have been told not to run install scripts; Bun's puts its executable in the place of a stub.
if (statSync(join(root, "node_modules/bun/bin/bun.exe")).size < 1_000_000)
  run(process.execPath, [join(root, "node_modules/bun/install.js")]);
