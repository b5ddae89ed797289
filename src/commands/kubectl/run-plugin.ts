import { withShort } from "../../cli/flag.ts";
import { UsageError } from "../../common/errors.ts";
import type { CommandCall, RunnableCommand } from "../command.ts";
import { PLUGIN_EXAMPLES } from "../examples.ts";
import type { Host } from "../host.ts";
import { parseCommandLine } from "../parse-command-line.ts";
import { run } from "../run.ts";
import { RUNNABLE } from "../table.ts";
import { connectionOf, isOfKubectl, KUBECTL_FLAGS } from "./kubectl-flags.ts";
import { objectName } from "./object-name.ts";
import { type Kubectl, type ReadPod, readPod } from "./read-pod.ts";

/** How the plug-in is called. */
const PROGRAM = "kubectl attache";
/** Flags that choose a pod in another way. */
const REPLACED: readonly string[] = ["from-file", "from-pid", "pod"];

/** How a command of attache becomes one of the plug-in. */
interface PluginCommand {
  readonly arguments: string;
  /** How many pods it takes. */
  readonly pods: 1 | 2;
  readonly details: readonly string[];
}

/** What POD means, for the help. */
export const POD_HELP =
  "POD is the name of a pod, or TYPE/NAME of a deployment, statefulset, daemonset, replicaset or job: the newest of its pods that is ready.";
/** How the pod is read, for the help. */
export const GET_HELP =
  "The pod and the ConfigMaps of its proxy are read by kubectl get; nothing is executed in the pod. Secrets are not read.";

const COMMANDS: Readonly<Record<string, PluginCommand>> = {
  render: {
    arguments: "POD",
    pods: 1,
    details: [POD_HELP, GET_HELP],
  },
  explain: {
    arguments: "POD [PATH…]",
    pods: 1,
    details: [POD_HELP, "PATH is a value of the bootstrap, an argument of Envoy or a setting, as for attache explain.", GET_HELP],
  },
  diff: {
    arguments: "POD [POD]",
    pods: 2,
    details: [POD_HELP, "With one pod, give --profile twice. The exit status is 0 if there is no difference, 1 if there is one.", GET_HELP],
  },
  validate: {
    arguments: "POD",
    pods: 1,
    details: [POD_HELP, GET_HELP],
  },
};

/** Runs the program as a plug-in of kubectl and returns the exit status. */
export function runPlugin(argv: readonly string[], host: Host, kubectl: Kubectl): Promise<number> {
  return run(argv, PROGRAM, host, pluginCommands(kubectl));
}

/** Returns the commands of the plug-in: those that plan for another machine, with a pod of a cluster in place of a file. */
export function pluginCommands(kubectl: Kubectl): readonly RunnableCommand[] {
  return RUNNABLE.flatMap((command) => {
    const own = COMMANDS[command.name];
    if (own === undefined) return [];
    const { maxPositionals: _, ...row } = command;
    return [
      {
        ...row,
        arguments: own.arguments,
        details: own.details,
        examples: PLUGIN_EXAMPLES[command.name] ?? "",
        flags: (profile) => [
          ...KUBECTL_FLAGS,
          ...command
            .flags(profile)
            .filter(({ name }) => !REPLACED.includes(name))
            .map((flag) => (flag.name === "container" ? withShort("c", flag) : flag)),
        ],
        run: (call, machine) => runOnPods(command, own, call, { machine, kubectl }),
      },
    ];
  });
}

async function runOnPods(
  command: RunnableCommand,
  { arguments: usage, pods: count }: PluginCommand,
  call: CommandCall,
  { machine, kubectl }: { readonly machine: Host; readonly kubectl: Kubectl },
): Promise<number> {
  const { positionals, given, invocation } = call;
  const [names, others] = [positionals.slice(0, count), positionals.slice(count)];
  if (names.length === 0) throw new UsageError(`Cannot ${command.name} without a pod: give POD or TYPE/NAME`);
  if (others.length > 0 && !usage.endsWith("…]"))
    throw new UsageError(`Cannot ${command.name} "${others.join(" ")}", too: give only ${usage}`);
  const profiles = given.filter(({ name, variable }) => name === "profile" && variable === undefined);
  if (names.length < count && profiles.length < 2) throw new UsageError("Cannot compare one plan; name two pods, or --profile twice");
  const reading = {
    kubectl,
    connection: connectionOf(given),
    container: given.findLast(({ name }) => name === "container")?.value || undefined,
    warn: (text: string) => machine.openLog(invocation.log, "stderr")("warn", text),
  };
  const wanted = names.map(objectName);
  const found: ReadPod[] = [];
  for (const each of wanted) found.push(await readPod(each, reading));
  return await runOnFiles(command, found, others, call, machine);
}

/** Runs a command of attache as if the pods were files. */
async function runOnFiles(
  command: RunnableCommand,
  pods: readonly ReadPod[],
  others: readonly string[],
  { given, unknown, environment }: CommandCall,
  machine: Host,
): Promise<number> {
  const names = pods.map(({ name }) => name);
  const isCompared = COMMANDS[command.name]?.pods === 2;
  const argv = [
    command.name,
    ...(isCompared ? [] : names.map((name) => `--from-file=${name}`)),
    ...given.filter((each) => each.variable === undefined && !isOfKubectl(each)).map(({ name, value }) => `--${name}=${value}`),
    // What the plug-in does not have may be a flag of attache; it has been ignored with a warning.
    ...unknown
      .filter(({ flag }) => !REPLACED.includes(flag.replace(/^-+/, "")))
      .flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value])),
    "--",
    ...(isCompared ? names : []),
    ...others,
  ];
  const line = parseCommandLine(argv, environment, PROGRAM);
  if (line.kind === "refused") throw line.error;
  // A call for help has been answered before.
  if (line.kind === "help") throw new Error("help");
  return await line.command.run(line.call, {
    ...machine,
    readNamed: (path) => {
      const pod = pods.find(({ name }) => name === path);
      return pod === undefined ? machine.readNamed(path) : { kind: "text", text: pod.text };
    },
  });
}
