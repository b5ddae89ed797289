import { ConfigError, UsageError } from "../common/errors.ts";
import type { Position } from "../go/text-position.ts";
import { keyPositionOf, positionOf } from "../inputs/document.ts";
import type { Environment } from "../inputs/environment.ts";
import type { FilePlace, InputPlace } from "../inputs/input-place.ts";
import { type FileRead, type Inputs, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { LaunchSource, SourceOptions } from "../pod/launch-source.ts";
import { processSource } from "../pod/process-source.ts";
import { readSource } from "../pod/read-source.ts";
import type { ProcessLimits, RunningProcess } from "../pod/running-process.ts";
import type { Unknown } from "../pod/unknown.ts";
import type { CommandCall } from "./command.ts";
import type { SOURCE_FLAGS } from "./flags.ts";
import type { Host } from "./host.ts";

/** The proxy that a command is about: of this machine, of a file, or of a running process. */
export interface Subject {
  /** What it is, for messages. */
  readonly name: string;
  /** The arguments of the proxy, from its command on. */
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly readInputs: (environment: Environment, meshConfigPath: string) => Inputs;
  readonly answerQuestions: (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;
  /** Whether it is another machine, whose files are not here. */
  readonly isElsewhere: boolean;
  /** Returns the file and line in which something is given; undefined if it is in none. */
  readonly locate: (place: InputPlace) => FilePlace | undefined;
  /** Returns the same for a file that the proxy reads; `at` is a position in its text. */
  readonly locateFile: (path: string, at?: Position) => FilePlace | undefined;
  /** Returns what is not known about it. */
  readonly unknowns: () => readonly Unknown[];
  /** Returns the absolute path of a program as a running process finds it; absent if this process does not run its programs. */
  readonly findProgram?: LaunchSource["findProgram"];
  /** The limits of the cgroup of a running process. */
  readonly limits?: ProcessLimits;
}

/** What the proxy of a command is read with. */
export type SubjectHost = Pick<Host, "readInputs" | "answerQuestions" | "readFile" | "readNamed" | "readProcess">;

/** Returns the proxy of this machine, with the role and flags of a call; `own`: the names of the flags that only the command has. */
export function localSubject(call: CommandCall, role: string | undefined, own: readonly string[], host: SubjectHost): Subject {
  return {
    name: "this machine",
    argv: ["proxy", ...(role === undefined ? [] : [role]), ...flagWords(call, own)],
    environment: call.environment,
    readInputs: host.readInputs,
    answerQuestions: host.answerQuestions,
    isElsewhere: false,
    locate: (place) => locateHere(place, host),
    locateFile: (path, at) => ({ file: path, ...at }),
    unknowns: () => [],
  };
}

/** Returns the proxy that a file describes; the flags of the call come after its own arguments. @throws UsageError, ConfigError */
export function fileSubject(file: string, call: CommandCall, role: string | undefined, own: readonly string[], host: SubjectHost): Subject {
  const source = readSource(file, readNamedFile(file, host), optionsOf(call, host));
  return subjectFrom(source, async (questions, inputs) => source.answerQuestions(questions, inputs), {
    role,
    flags: flagWords(call, own),
    call,
    host,
  });
}

/** Returns the proxy that a running process is the agent of; `pid` is what a person gives. @throws UsageError, ConfigError */
export function processSubject(
  pid: string,
  call: CommandCall,
  role: string | undefined,
  own: readonly string[],
  host: SubjectHost,
): Subject {
  if (!/^[1-9]\d{0,9}$/.test(pid)) throw new UsageError(`Cannot use --from-pid ${pid}: it must be the ID of a process`);
  const read = host.readProcess(Number(pid));
  if (!read.ok) throw new ConfigError(`Cannot use process ${pid}`, [read.error]);
  const source = processSource(read.value, optionsOf(call, host));
  return subjectFrom(source, answersOf(source, read.value, host), { role, flags: flagWords(call, own), call, host });
}

/** Returns the proxy of `--from-file` or `--from-pid`, or that of this machine. @throws UsageError, ConfigError */
export function subjectOf(call: CommandCall, role: string | undefined, own: readonly string[], host: SubjectHost): Subject {
  const [file, pid] = [flagOf(call, "from-file"), flagOf(call, "from-pid")];
  if (file !== undefined && pid !== undefined) throw new UsageError("Cannot use --from-file together with --from-pid");
  refuseAlone(call, file, pid);
  if (file !== undefined) return fileSubject(file, call, role, own, host);
  if (pid !== undefined) return processSubject(pid, call, role, own, host);
  return localSubject(call, role, own, host);
}

/** Refuses flags that say more about a file or a process, of which there is none. */
function refuseAlone(call: CommandCall, file: string | undefined, pid: string | undefined): void {
  const useless = file !== undefined ? [] : pid !== undefined ? OF_A_FILE : [...OF_A_FILE, "mesh-config" as const];
  const found = useless.find((name) => flagOf(call, name) !== undefined);
  if (found !== undefined) throw new UsageError(`Cannot use --${found} without --from-file`);
}

/** The flags that choose a proxy of a file. */
const OF_A_FILE = ["pod", "container"] as const;

/** Returns the text of a file that a person names; `-` is standard input. @throws UsageError if it cannot be read */
export function readNamedFile(path: string, host: Pick<Host, "readNamed">): string {
  const read = host.readNamed(path);
  if (read.kind === "text") return read.text;
  throw new UsageError(`Cannot read "${path}": ${read.kind === "missing" ? "no such file or directory" : read.reason}`);
}

/** Returns the values that the command line gives a flag, in order; `diff` and the page use one for each side. */
export function givenValues(flag: "profile" | "from-file" | "from-pid", { given }: CommandCall): readonly string[] {
  return given.filter(({ name, variable }) => name === flag && variable === undefined).map(({ value }) => value);
}

/** Returns the role and the other arguments of a call. */
export function splitPositionals({ positionals, choice: { profile } }: CommandCall): {
  readonly role: string | undefined;
  readonly others: readonly string[];
} {
  const isRole = (word: string) => profile.roles.includes(word);
  return { role: positionals.find(isRole), others: positionals.filter((word) => !isRole(word)) };
}

function subjectFrom(
  { name, argv, environment, readInputs, locate, locateFile, unknowns, findProgram, limits }: LaunchSource,
  answerQuestions: Subject["answerQuestions"],
  { role, flags, call, host }: Added,
): Subject {
  const [command = "proxy", ...others] = argv;
  return {
    name,
    // The first argument is the role.
    argv: [command, ...(role === undefined ? [] : [role]), ...others, ...flags],
    environment,
    readInputs,
    answerQuestions,
    isElsewhere: true,
    locate: (place) => {
      const mesh = flagOf(call, "mesh-config");
      return place.kind === "mesh" && mesh !== undefined ? { file: mesh, ...fieldPosition(host.readNamed(mesh), place) } : locate(place);
    },
    locateFile,
    unknowns,
    ...(findProgram && { findProgram }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** The arguments that a call adds to those of the proxy. */
interface Added {
  readonly role: string | undefined;
  readonly flags: readonly string[];
  readonly call: CommandCall;
  readonly host: SubjectHost;
}

/** The questions that this machine can answer for a process which has its network. */
const OF_THE_NETWORK: readonly Question["kind"][] = ["lookup", "platform", "project-id"];

/** Returns how questions about a running process are answered. */
function answersOf(source: LaunchSource, { isHere }: RunningProcess, host: SubjectHost): Subject["answerQuestions"] {
  if (!isHere) return async (questions, inputs) => source.answerQuestions(questions, inputs);
  return async (questions, inputs) => {
    const isOfNetwork = ({ kind }: Question) => OF_THE_NETWORK.includes(kind);
    const { lookup, platform, projectId } = await host.answerQuestions(questions.filter(isOfNetwork), inputs);
    const others = questions.filter((question) => !isOfNetwork(question));
    return { ...source.answerQuestions(others, inputs), lookup, platform, projectId };
  };
}

/** Returns where this machine gives something: labels and annotations are a line each. */
function locateHere(place: InputPlace, host: SubjectHost): FilePlace | undefined {
  if (place.kind !== "annotation" && place.kind !== "label") return undefined;
  const file = place.kind === "label" ? POD_LABELS_PATH : POD_ANNOTATIONS_PATH;
  const read = host.readFile(file);
  const line = read.kind === "text" ? read.text.split("\n").findIndex((each) => each.startsWith(`${place.name}=`)) + 1 : 0;
  return line === 0 ? { file } : { file, line };
}

/** Returns the position of a field in a file of settings. */
export function fieldPosition(read: FileRead, { path = [] }: InputPlace): Position | undefined {
  return read.kind === "text" ? (keyPositionOf(read.text, path) ?? positionOf(read.text, path)) : undefined;
}

function optionsOf(call: CommandCall, host: SubjectHost): SourceOptions {
  const [pod, container, meshFile] = [flagOf(call, "pod"), flagOf(call, "container"), flagOf(call, "mesh-config")];
  const meshConfig = meshFile === undefined ? undefined : readNamedFile(meshFile, host);
  return {
    ...(pod === undefined ? {} : { pod }),
    ...(container === undefined ? {} : { container }),
    ...(meshConfig === undefined ? {} : { meshConfig }),
  };
}

/**
 * Returns the value of a flag that only some commands have; undefined if it is not given. An empty one on the command line is probably that of
 * a shell variable that is not set. @throws UsageError
 */
function flagOf({ given }: CommandCall, wanted: (typeof SOURCE_FLAGS)[number]["name"]): string | undefined {
  const found = given.findLast(({ name }) => name === wanted);
  if (found?.value === "" && found.variable === undefined) throw new UsageError(`Cannot use --${wanted} with an empty value`);
  return found?.value || undefined;
}

function flagWords({ given, unknown }: CommandCall, own: readonly string[]): readonly string[] {
  return [
    ...given.filter(({ name, variable }) => variable === undefined && !own.includes(name)).map(({ name, value }) => `--${name}=${value}`),
    ...unknown.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value])),
  ];
}
