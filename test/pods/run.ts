import { Glob } from "bun";
import { getEnvoy } from "../../examples/get-envoy.ts";
import { ROOT } from "../support/subject.ts";
import { ENTER, TOOLS } from "./enter.ts";
import { ISTIOD_VERSION, istiodProgram } from "./istiod/program.ts";

/**
 * Runs the pods of a mesh, each scenario at its full length: with the control plane of the tests, and with a real istiod.
 * `bun test/pods/run.ts [WORDS of bun test]`; words that are files are run instead of all.
 */
const words = process.argv.slice(2);
const missing: string[] = [...TOOLS, "iptables"].filter((tool) => Bun.which(tool) === null);
if (process.getuid?.() !== 0) missing.push("root's rights");
if (missing.length > 0) {
  console.error(`Cannot run the pods of a mesh: missing are ${missing.join(", ")}`);
  process.exit(1);
}
const envoy = await getEnvoy(console.error);
console.log(`Envoy: ${(await Bun.$`${envoy} --version`.text()).trim().split("\n").at(-1)?.trim()}`);
const all = [...new Glob("test/pods/**/*.test.ts").scanSync(ROOT)].sort().map((path) => `./${path}`);
process.env["ISTIOD_PATH"] = await istiodProgram();
console.log(`istiod: ${ISTIOD_VERSION}`);
const files = words.some((word) => word.endsWith(".test.ts")) ? [] : all;
const child = Bun.spawn([...ENTER, process.execPath, "test", "--timeout", "600000", ...words, ...files], {
  cwd: ROOT,
  env: { ...process.env, ENVOY_PATH: envoy, ATTACHE_ALL_CASES: "1" },
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(await child.exited);
