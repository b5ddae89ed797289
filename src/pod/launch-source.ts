import type { Position } from "../go/text-position.ts";
import type { Environment } from "../inputs/environment.ts";
import type { FilePlace, InputPlace } from "../inputs/input-place.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { ProcessLimits } from "./running-process.ts";
import type { Unknown } from "./unknown.ts";

/** What a start would read, from a file or a running process instead of this machine. */
export interface LaunchSource {
  /** What it is, for messages: `pod default/reviews, container istio-proxy`. */
  readonly name: string;
  /** The arguments of the agent, from its command on. */
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly readInputs: (environment: Environment, meshConfigPath: string) => Inputs;
  readonly answerQuestions: (questions: readonly Question[], inputs: Pick<Inputs, "environment">) => Answers;
  /** Returns where in the file something is given; undefined where that is not known. */
  readonly locate: (place: InputPlace) => FilePlace | undefined;
  /** Returns where in the file the text of a mounted file is; `at` is a position in that text. */
  readonly locateFile: (path: string, at?: Position) => FilePlace | undefined;
  /** Returns what is not known. More may be found when a plan asks questions. */
  readonly unknowns: () => readonly Unknown[];
  /** Returns the absolute path of a program as a running process finds it; absent if this process does not run its programs. */
  readonly findProgram?: (name: string) => string | undefined;
  /** The limits of the cgroup of a running process. */
  readonly limits?: ProcessLimits;
}

/** What a person gives besides the file. */
export interface SourceOptions {
  readonly pod?: string;
  readonly container?: string;
  /** The text of the mesh configuration, which takes precedence over a mounted one. */
  readonly meshConfig?: string;
}
