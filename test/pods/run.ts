import { Glob } from "bun";
import { getEnvoy } from "../../examples/get-envoy.ts";
import { ROOT } from "../support/subject.ts";
import { sweep } from "../support/sweep.ts";
import { ENTER, TOOLS } from "./enter.ts";
import { ISTIOD_VERSION, istiodProgram } from "./istiod/program.ts";

/**
 * Runs the pods of a mesh in namespaces of their own: each scenario at its full length, with the control plane of the tests and with a
 * real istiod. `bun test/pods/run.ts [short] [ARGUMENTS of bun test]`: arguments that are files are run instead of all, and `short` runs
 * what takes seconds and needs no istiod.
 */
const all = process.argv.slice(2);
const isShort = all[0] === "short";
const given = isShort ? all.slice(1) : all;
const missing: string[] = TOOLS.filter((tool) => Bun.which(tool) === null);
if (process.getuid?.() !== 0) missing.push("root's rights");
if (missing.length > 0) {
  console.error(`Cannot run the pods of a mesh: missing are ${missing.join(", ")}`);
  process.exit(1);
}
sweep();
// What comes from the network has to be there before: the namespaces reach nothing outside.
const env = { ...process.env, ENVOY_PATH: await getEnvoy(console.error) };
if (!isShort) {
  Object.assign(env, { ATTACHE_ALL_CASES: "1", ISTIOD_PATH: await istiodProgram() });
  console.log((await Bun.$`${env.ENVOY_PATH} --version`.text()).trim());
  console.log(`istiod: ${ISTIOD_VERSION}`);
}
const found = [...new Glob(isShort ? "test/pods/*.test.ts" : "test/pods/**/*.test.ts").scanSync(ROOT)].sort();
const files = given.some((each) => each.endsWith(".test.ts")) ? [] : found.map((path) => `./${path}`);
const child = Bun.spawn([...ENTER, process.execPath, "test", "--timeout", "180000", ...given, ...files], {
  cwd: ROOT,
  env,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(await child.exited);
