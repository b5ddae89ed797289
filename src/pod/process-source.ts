import { ConfigError } from "../common/errors.ts";
import { certificateProblem } from "../inputs/certificate-problem.ts";
import { type Environment, environmentOf } from "../inputs/environment.ts";
import { type FileRead, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
import type { LaunchSource, SourceOptions } from "./launch-source.ts";
import { absolutePath, type OfflineMachine, offlineAnswers } from "./offline-answers.ts";
import { interfacesOfProcess } from "./pod-interfaces.ts";
import { agentArguments } from "./proxy-arguments.ts";
import type { RunningProcess } from "./running-process.ts";
import { collectUnknowns, type Unknowns } from "./unknown.ts";

/** Arguments that only Envoy has. */
const ENVOY_ARGUMENTS: readonly string[] = ["--restart-epoch", "--config-path", "--config-yaml", "--base-id", "--drain-time-s"];

const NOT_ALLOWED = "permission denied";

/** Returns what a start with the arguments, variables and files of a running process would read. @throws ConfigError for an Envoy whose agent runs */
export function processSource(running: RunningProcess, { meshConfig }: SourceOptions): LaunchSource {
  const unknowns = collectUnknowns();
  const argv = argumentsOf(running, unknowns);
  const { directory = "/" } = running;
  if (running.directory === undefined)
    unknowns.add({ name: "working directory", origin: "it is outside of the root of the process", standIn: "/" });
  const interfaces = interfacesOfProcess(running.network, unknowns);
  const machine = machineOf(running, directory, unknowns);
  const read = (path: string): FileRead => machine.read(absolutePath(directory, path));
  return {
    name: `process ${running.pid} (${programOf(running.words)})`,
    argv,
    environment: environmentOf(running.variables),
    readInputs: (variables, meshConfigPath) => {
      const override = variables.get("ISTIO_BOOTSTRAP_OVERRIDE") ?? "";
      return {
        environment: variables,
        files: {
          meshConfig: meshConfig === undefined ? read(meshConfigPath) : { kind: "text", text: meshConfig },
          labels: read(POD_LABELS_PATH),
          annotations: read(POD_ANNOTATIONS_PATH),
          ...(override === "" ? {} : { override: read(override) }),
        },
        interfaces,
        uid: running.uid,
      };
    },
    answerQuestions: (questions, inputs) =>
      offlineAnswers(questions, { ...machine, program: (path) => programIn(running, directory, path, inputs.environment) }),
    locate: () => undefined,
    locateFile: (path, at) => ({ file: path, ...at }),
    unknowns: unknowns.list,
    limits: running.limits,
    ...(running.isOurs ? { findProgram: (name) => findProgram(running, directory, name) } : {}),
  };
}

/** Returns the arguments of the agent; those of any other program say nothing about a proxy. */
function argumentsOf({ pid, words, parent }: RunningProcess, unknowns: Unknowns): readonly string[] {
  const found = agentArguments(words);
  if (found !== undefined) return found;
  const isEnvoy = programOf(words) === "envoy" || words.some((word) => ENVOY_ARGUMENTS.some((name) => word.split("=", 1)[0] === name));
  if (isEnvoy && parent !== undefined && agentArguments(parent.words) !== undefined)
    throw new ConfigError(`Cannot use process ${pid}`, [`it is Envoy; give its agent, process ${parent.pid}`]);
  const origin = isEnvoy ? "the process is Envoy, and its agent does not run" : "the process is not an agent";
  unknowns.add({ name: "arguments", origin, standIn: "proxy" });
  return ["proxy"];
}

function machineOf({ files, listensOn }: RunningProcess, directory: string, unknowns: Unknowns): Omit<OfflineMachine, "program"> {
  const read = (path: string): FileRead => {
    const found = files.read(path);
    if (found.kind !== "unreadable") return found;
    unknowns.add({ name: `file "${path}"`, origin: found.reason });
    // The process itself may be allowed to read it; nothing can stand in for its text.
    return found.reason === NOT_ALLOWED ? { kind: "missing" } : found;
  };
  return {
    read,
    stat: files.stat,
    certificates: (path) => certificateProblem(read(path)),
    socket: (path) => {
      // At its start, nothing answered on the sockets that the agent listens on itself.
      if (files.stat(path) !== "other" || listensOn(path)) return "absent";
      unknowns.add({ name: `socket "${path}"`, origin: "whether a server answers on it", standIn: "healthy" });
      return "healthy";
    },
    directory,
    unknowns,
  };
}

/** Returns the program at a path, or `envoy` on the process's PATH. */
function programIn({ files }: RunningProcess, directory: string, path: string, environment: Environment): string | undefined {
  const isThere = (each: string) => files.stat(each) !== "missing";
  return isThere(absolutePath(directory, path)) ? path : searched(directory, "envoy", environment).find(isThere);
}

/** Returns the program that the process runs by a name or path. */
function findProgram({ files, variables }: RunningProcess, directory: string, name: string): string | undefined {
  const paths = name.includes("/") ? [absolutePath(directory, name)] : searched(directory, name, environmentOf(variables));
  return paths.find((each) => files.stat(each) !== "missing");
}

/** Returns where PATH may have a program. */
function searched(directory: string, name: string, environment: Environment): readonly string[] {
  const search = (environment.get("PATH") ?? "").split(":").filter((each) => each !== "");
  return search.map((each) => absolutePath(directory, `${each}/${name}`));
}

/** Returns the name of the program, without its directory. */
function programOf([program = ""]: readonly string[]): string {
  return program.split("/").at(-1) || "without arguments";
}
