/** The name by which kubectl finds a plug-in. */
const PLUGIN = "kubectl-attache";
/** The name under which an agent runs its own executable to make a private key. */
const KEY_MAKER = "attache-key";

// A module, as it awaits.
export {};

const argv = process.argv.slice(2);
// Not process.argv[0], which is the runtime's.
const program = process.argv0.slice(process.argv0.lastIndexOf("/") + 1);
process.exit(await (program === KEY_MAKER ? makeKey() : program === PLUGIN ? plugin() : attache()));

/** Runs attache. Not imported above, as that would also be loaded for a key. */
async function attache(): Promise<number> {
  const { start } = await import("./host/start.ts");
  return await start(argv);
}

/** Runs as a plug-in of kubectl; loaded only for that name. */
async function plugin(): Promise<number> {
  const { HOST } = await import("./host/host.ts");
  const { runPlugin } = await import("./commands/kubectl/run-plugin.ts");
  const { runKubectl } = await import("./host/run-kubectl.ts");
  return await runPlugin(argv, HOST, runKubectl);
}

/** Makes a key for the agent that has started this process. */
async function makeKey(): Promise<number> {
  const { runKeyMaker } = await import("./host/mesh/run-key-maker.ts");
  return await runKeyMaker(argv);
}
