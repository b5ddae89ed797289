import type { KnownVariable } from "../inputs/environment.ts";
import type { Inputs } from "../inputs/inputs.ts";
import { type Answers, answersFrom, keyOf, type Question } from "../inputs/questions.ts";
import type { Ask } from "./plan-document.ts";

/** Asks each question only once, also for plans with different inputs: one plan follows another, while the machine stays the same. */
export function askOnce(ask: Ask): Ask {
  const known = new Map<string, unknown>();
  return async (questions, inputs) => {
    const missing = questions.filter((question) => !known.has(fullKey(question, inputs)));
    if (missing.length > 0) {
      const answers = await ask(missing, inputs);
      for (const question of missing) known.set(fullKey(question, inputs), answerIn(answers, question));
    }
    return answersFrom(new Map(questions.map((question) => [keyOf(question), known.get(fullKey(question, inputs))])));
  };
}

/** The variables that decide how the machine answers. */
const VARIABLES: Readonly<Partial<Record<Question["kind"], KnownVariable>>> = {
  platform: "GCE_METADATA_HOST",
  "project-id": "GCE_METADATA_HOST",
  "installed-envoy": "PATH",
  "envoy-version": "PATH",
};

/** Returns everything that an answer depends on. The key of a plan's answers leaves parameters out that may differ between plans. */
function fullKey(question: Question, { environment }: Inputs): string {
  const variable = VARIABLES[question.kind];
  return JSON.stringify([question, variable === undefined ? undefined : environment.get(variable)]);
}

function answerIn(answers: Answers, question: Question): unknown {
  switch (question.kind) {
    case "read":
      return answers.read(question.path);
    case "stat":
      return answers.stat(question.path);
    case "certificates":
      return answers.certificates(question.path);
    case "lookup":
      return answers.lookup(question.host);
    case "socket":
      return answers.socket(question.path);
    case "platform":
      return answers.platform();
    case "project-id":
      return answers.projectId();
    case "directory":
      return answers.directory();
    case "base-id":
      return answers.baseId();
    case "installed-envoy":
      return answers.installedEnvoy(question.path);
    case "envoy-version":
      return answers.envoyVersion(question);
  }
}
