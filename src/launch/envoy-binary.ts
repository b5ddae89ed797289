import { variableOf } from "../cli/switches.ts";
import { argumentsOf } from "../envoy/options.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { Settings } from "../profiles/settings.ts";
import { commandText } from "../secrets/mask.ts";
import type { EpochPlan } from "./plan.ts";

/** The Envoy executable, and the setting or rule that determines it, for messages. */
export interface EnvoyBinary {
  readonly path: string;
  readonly origin: string;
}

/** Returns the Envoy that the settings name: `--envoy-path`, else `binaryPath`. Undefined if neither is set. */
function namedEnvoy({ invocation, inputs, merged, sources }: Settings): EnvoyBinary | undefined {
  const { envoyPath } = invocation.switches;
  const variable = variableOf("envoy-path");
  if (envoyPath !== "")
    return { path: envoyPath, origin: `set by ${inputs.environment.lookup(variable) === envoyPath ? variable : "--envoy-path"}` };
  const origin = sources.get("binaryPath")?.origin;
  return origin === undefined ? undefined : { path: merged.binaryPath ?? "", origin: `set by binaryPath in ${origin}` };
}

/** Returns the question for the installed Envoy, if no setting names one. */
export function envoyQuestions(settings: Settings): readonly Question[] {
  return namedEnvoy(settings) === undefined ? [{ kind: "installed-envoy", path: defaultPath(settings) }] : [];
}

/** Returns the question for the version of the Envoy that will be started. */
export function versionQuestion(settings: Settings): Question {
  const named = namedEnvoy(settings);
  return named === undefined
    ? { kind: "envoy-version", binary: defaultPath(settings), orInstalled: true }
    : { kind: "envoy-version", binary: named.path, orInstalled: false };
}

/** Returns the Envoy to start: the named one, the release's default, or `envoy` on PATH if the default does not exist. */
export function envoyBinary(settings: Settings, answers: Answers): EnvoyBinary {
  const named = namedEnvoy(settings);
  if (named !== undefined) return named;
  const path = defaultPath(settings);
  const found = answers.installedEnvoy(path);
  if (found === undefined) return { path, origin: "default; envoy is not on PATH either" };
  return found === path ? { path, origin: "default" } : { path: found, origin: `found on PATH; the default "${path}" does not exist` };
}

function defaultPath({ merged }: Settings): string {
  return merged.binaryPath ?? "";
}

/** Returns the log line for the start of an Envoy. */
export function envoyCommand({ binary, binaryOrigin, options }: EpochPlan): string {
  return `Envoy command: ${binary} (${binaryOrigin}) [${commandText(argumentsOf(options))}]`;
}
