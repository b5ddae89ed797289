import { run } from "./commands/run.ts";
import { HOST } from "./host/host.ts";

/** The name by which kubectl finds a plug-in. */
const PLUGIN = "kubectl-attache";

const argv = process.argv.slice(2);
// Not process.argv[0], which is the runtime's.
const program = process.argv0.slice(process.argv0.lastIndexOf("/") + 1);
process.exit(await (program === PLUGIN ? plugin() : run(argv, "attache", HOST)));

/** Runs as a plug-in of kubectl; loaded only for that name. */
async function plugin(): Promise<number> {
  const { runPlugin } = await import("./commands/kubectl/run-plugin.ts");
  const { runKubectl } = await import("./host/run-kubectl.ts");
  return await runPlugin(argv, HOST, runKubectl);
}
