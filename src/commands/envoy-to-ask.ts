import { SWITCHES, variableOf } from "../cli/switches.ts";
import { adapt } from "../envoy/adapt.ts";
import type { CheckedLaunch } from "../explain/check-launch.ts";
import type { Finding } from "../explain/finding.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";
import type { EpochPlan } from "../launch/plan.ts";
import type { CommandCall } from "./command.ts";
import type { ValidateFlags } from "./flags.ts";
import { invocationOf } from "./invocation-of.ts";
import { givenValues, type Subject, type SubjectHost } from "./subject.ts";

/** Where Envoy is in the images of the releases. */
const DEFAULT_PATH = "/usr/local/bin/envoy";
const ELSEWHERE =
  "that of the process is not run from here, as it belongs to another user or container, and there is no other on this machine";

/** What decides which Envoy is asked. */
interface Choosing {
  readonly subject: Subject;
  readonly call: CommandCall<ValidateFlags>;
  readonly complete: CheckedLaunch;
  readonly host: SubjectHost;
}

interface AskedEnvoy {
  readonly path: string;
  /** It is that of the proxy. */
  readonly isOwn: boolean;
  /** The configuration has yet to be adapted to its version: the plan was made without it. */
  readonly isAdaptedTo: boolean;
}

/**
 * Returns the Envoy to ask: for this machine the one that would be started, for a running process its own, unless another user could have
 * chosen it, and otherwise one that is here.
 */
export async function binaryOf({ subject, call, complete, host }: Choosing): Promise<AskedEnvoy | { readonly finding: Finding }> {
  const { envoyPath } = call.invocation.switches;
  const epoch = complete.planned?.epoch;
  const own = epoch && subject.findProgram?.(epoch.binary);
  if (own !== undefined && envoyPath === "") return { path: own, isOwn: true, isAdaptedTo: isAdapting(subject) };
  const question = { kind: "installed-envoy", path: DEFAULT_PATH } as const;
  const inputs = host.readInputs(call.environment, "");
  const found = (await host.answerQuestions([question], inputs)).installedEnvoy(DEFAULT_PATH);
  const isNamed = envoyPath !== "" || (!subject.isElsewhere && epoch !== undefined && /^set by /.test(epoch.binaryOrigin));
  const path = subject.isElsewhere ? envoyPath || found : epoch?.binary;
  const isThere = async (file: string) =>
    !file.includes("/") || (await host.answerQuestions([{ kind: "stat", path: file }], inputs)).stat(file) !== "missing";
  if (path !== undefined && (await isThere(path))) return { path, isOwn: !subject.isElsewhere, isAdaptedTo: subject.isElsewhere };
  const flag = SWITCHES.find(({ name }) => name === "envoy-path")?.name ?? "";
  const remedy = `name one with --${flag} (${variableOf(flag)})`;
  const isProcess = subject.findProgram === undefined && givenValues("from-pid", call).length > 0;
  const origin = subject.isElsewhere || epoch === undefined ? `--${flag}` : epoch.binaryOrigin;
  return {
    finding: isNamed
      ? { rule: "not-checked", level: "error", message: `Envoy "${path}" does not exist (${origin})`, causes: [], notes: [remedy] }
      : {
          rule: "not-checked",
          level: "warning",
          message: `Not checked by Envoy: ${isProcess ? ELSEWHERE : "there is none on this machine"}`,
          causes: [],
          notes: [remedy],
        },
  };
}

/** Reports whether a running agent adapts its configuration to its Envoy. */
function isAdapting({ argv, environment }: Subject): boolean {
  return invocationOf(argv, environment).invocation.switches.adaptEnvoy;
}

/** Returns the version of an Envoy for which the start was not planned. */
export async function versionOf(binary: string, { call, host }: Choosing): Promise<EnvoyVersion | undefined> {
  const question = { kind: "envoy-version", binary, orInstalled: false } as const;
  const found = (await host.answerQuestions([question], host.readInputs(call.environment, ""))).envoyVersion(question);
  return found.ok ? found.value : undefined;
}

/** Returns an epoch as another Envoy than the proxy's own accepts it. */
export function fitted(epoch: EpochPlan, version: EnvoyVersion | undefined): EpochPlan {
  if (version === undefined) return epoch;
  const { options, bootstrap } = adapt(epoch, version);
  return { ...epoch, options, ...(bootstrap === undefined ? {} : { bootstrap }) };
}
