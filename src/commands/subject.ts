import { UsageError } from "../common/errors.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { LaunchSource } from "../pod/launch-source.ts";
import { readSource } from "../pod/read-source.ts";
import type { Unknown } from "../pod/unknown.ts";
import type { CommandCall } from "./command.ts";
import { SOURCE_FLAGS } from "./flags.ts";
import type { Host } from "./host.ts";

/** The proxy that a command is about: of this machine, or of a file. */
export interface Subject {
  /** What it is, for messages. */
  readonly name: string;
  /** The arguments of the proxy, from its command on. */
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly readInputs: (environment: Environment, meshConfigPath: string) => Inputs;
  readonly answerQuestions: (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;
  /** Returns what is not known about it. */
  readonly unknowns: () => readonly Unknown[];
}

export type SubjectHost = Pick<Host, "readInputs" | "answerQuestions" | "readFile">;

/** Returns the proxy of this machine, with the role and flags of a call; `own`: the names of the flags that only the command has. */
export function localSubject(call: CommandCall, role: string | undefined, own: readonly string[], host: SubjectHost): Subject {
  return {
    name: "this machine",
    words: ["proxy", ...(role === undefined ? [] : [role]), ...flagWords(call, own)],
    environment: call.environment,
    readInputs: host.readInputs,
    answerQuestions: host.answerQuestions,
    unknowns: () => [],
  };
}

/** Returns the proxy that a file describes; the flags of the call come after its own arguments. @throws UsageError, ConfigError */
export function fileSubject(file: string, call: CommandCall, role: string | undefined, own: readonly string[], host: SubjectHost): Subject {
  const source = openSource(file, call, host);
  const [command = "proxy", ...words] = source.argv;
  return {
    name: source.name,
    // The first argument is the role.
    words: [command, ...(role === undefined ? [] : [role]), ...words, ...flagWords(call, own)],
    environment: source.environment,
    readInputs: source.readInputs,
    answerQuestions: async (questions) => source.answerQuestions(questions),
    unknowns: source.unknowns,
  };
}

/** Returns the proxy of `--from-file`, or that of this machine. @throws UsageError, ConfigError */
export function subjectOf(call: CommandCall, role: string | undefined, own: readonly string[], host: SubjectHost): Subject {
  const file = flagOf(call, "from-file");
  if (file !== undefined) return fileSubject(file, call, role, own, host);
  const alone = SOURCE_FLAGS.find(({ name }) => flagOf(call, name) !== undefined);
  if (alone !== undefined) throw new UsageError(`Cannot use --${alone.name} without --from-file`);
  return localSubject(call, role, own, host);
}

/** Returns the text of a file that a person names; `-` is standard input. @throws UsageError if it cannot be read */
export function readNamedFile(path: string, host: Pick<Host, "readFile">): string {
  const read = host.readFile(path === "-" ? "/dev/stdin" : path);
  if (read.kind === "text") return read.text;
  throw new UsageError(`Cannot read "${path}": ${read.kind === "missing" ? "no such file or directory" : read.reason}`);
}

/** Returns the role and the other arguments of a call. */
export function splitPositionals({ positionals, choice: { profile } }: CommandCall): {
  readonly role: string | undefined;
  readonly others: readonly string[];
} {
  const isRole = (word: string) => profile.roles.includes(word);
  return { role: positionals.find(isRole), others: positionals.filter((word) => !isRole(word)) };
}

function openSource(file: string, call: CommandCall, host: SubjectHost): LaunchSource {
  const [pod, container, meshFile] = [flagOf(call, "pod"), flagOf(call, "container"), flagOf(call, "mesh-config")];
  const meshConfig = meshFile === undefined ? undefined : readNamedFile(meshFile, host);
  return readSource(file, readNamedFile(file, host), {
    ...(pod === undefined ? {} : { pod }),
    ...(container === undefined ? {} : { container }),
    ...(meshConfig === undefined ? {} : { meshConfig }),
  });
}

/** Returns the value of a flag that only some commands have; undefined if it is not given or empty. */
function flagOf({ given }: CommandCall, wanted: (typeof SOURCE_FLAGS)[number]["name"]): string | undefined {
  return given.findLast(({ name }) => name === wanted)?.value || undefined;
}

function flagWords({ given, unknown }: CommandCall, own: readonly string[]): readonly string[] {
  return [
    ...given.filter(({ name, variable }) => variable === undefined && !own.includes(name)).map(({ name, value }) => `--${name}=${value}`),
    ...unknown.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value])),
  ];
}
