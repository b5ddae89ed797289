import { UsageError } from "../common/errors.ts";
import { askOnce } from "../explain/ask-once.ts";
import { argumentsOf, type Launch, type PlanLaunch } from "../explain/launch.ts";
import { documentPlanner } from "../explain/plan-document.ts";
import { environmentOf } from "../inputs/environment.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { ProcessLimits } from "../pod/running-process.ts";
import { type Unknown, withNames } from "../pod/unknown.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Profile } from "../profiles/profile.ts";
import { invocationOf, type ProxyLine } from "./invocation-of.ts";
import { invocationReader } from "./invocation-reader.ts";
import type { Subject } from "./subject.ts";

/** Returns the launch of a subject. @throws UsageError for arguments that `proxy` refuses */
export function launchOf({ argv, environment }: Subject): { readonly launch: Launch; readonly line: ProxyLine } {
  const line = invocationOf(argv, environment);
  const { flags, unknownFlags, invocation } = line;
  return { line, launch: { role: invocation.role, flags, unknownFlags, variables: environment.pairs, edit: (inputs) => inputs } };
}

/** Returns how launches of a subject are planned. The machine is asked each question once. */
export function plannerOf({ readInputs, answerQuestions }: Subject): PlanLaunch {
  const readLaunch = launchReader(readInputs);
  const planDocument = documentPlanner(askOnce(answerQuestions));
  return async (launch) => {
    try {
      const { profile, invocation, inputs } = readLaunch(launch);
      return await planDocument(profile, invocation, inputs);
    } catch (error) {
      if (error instanceof UsageError) return { kind: "refused", problems: error.problems };
      throw error;
    }
  };
}

/** What a launch is planned from. */
interface LaunchParts {
  readonly profile: Profile;
  readonly invocation: Invocation;
  readonly inputs: Inputs;
}

/** Returns a function that reads the arguments and inputs of launches. @throws UsageError for arguments that `proxy` refuses */
export function launchReader(readInputs: Subject["readInputs"]): (launch: Launch) => LaunchParts {
  const readInvocation = invocationReader();
  return (launch) => {
    const environment = environmentOf(launch.variables);
    const { choice, invocation } = readInvocation(argumentsOf(launch), environment);
    return { profile: choice.profile, invocation, inputs: launch.edit(readInputs(environment, invocation.flags.string("meshConfig"))) };
  };
}

/** Returns the title of an answer: what was planned, by which release. */
export function titleOf(name: string, { name: profile }: Pick<Profile, "name">): string {
  return `${name}, profile ${profile}`;
}

/** Returns a line with the limits of a cgroup; empty if there are none. */
export function limitsText({ cpus, memory }: ProcessLimits = {}): string {
  const found = [
    ...(cpus === undefined ? [] : [`${cpus} ${cpus === 1 ? "CPU" : "CPUs"}`]),
    ...(memory === undefined ? [] : [`${Math.round(memory / 1024 ** 2)} MiB of memory`]),
  ];
  return found.length === 0 ? "" : `limits of its cgroup: ${found.join(", ")}\n`;
}

/** Returns the list of what is not known, as the end of an answer; empty if there is nothing. */
export function unknownsText(unknowns: readonly Unknown[]): string {
  if (unknowns.length === 0) return "";
  const lines = unknowns.map(
    ({ name, origin, standIn }) => `  ${name}: ${origin}${standIn === undefined ? "" : withNames(` (shown as ${standIn})`, unknowns)}`,
  );
  return ["", "Not known:", ...lines, ""].join("\n");
}
