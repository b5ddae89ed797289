import { SWITCHES, variableOf } from "../cli/switches.ts";
import { adapt } from "../envoy/adapt.ts";
import type { CheckedLaunch } from "../explain/check-launch.ts";
import type { Finding } from "../explain/finding.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";
import type { EpochPlan } from "../launch/plan.ts";
import type { CommandCall } from "./command.ts";
import type { ValidateFlags } from "./flags.ts";
import type { Subject, SubjectHost } from "./subject.ts";

/** Where Envoy is in the images of the releases. */
const DEFAULT_PATH = "/usr/local/bin/envoy";

/** What decides which Envoy is asked. */
interface Choosing {
  readonly subject: Subject;
  readonly call: CommandCall<ValidateFlags>;
  readonly complete: CheckedLaunch;
  readonly host: SubjectHost;
}

/** Returns the Envoy to ask: for this machine the one that would be started, for another one that is here. */
export async function binaryOf({
  subject,
  call,
  complete,
  host,
}: Choosing): Promise<{ readonly path: string } | { readonly finding: Finding }> {
  const { envoyPath } = call.invocation.switches;
  const epoch = complete.planned?.epoch;
  const question = { kind: "installed-envoy", path: DEFAULT_PATH } as const;
  const inputs = host.readInputs(call.environment, "");
  const found = (await host.answerQuestions([question], inputs)).installedEnvoy(DEFAULT_PATH);
  const isNamed = envoyPath !== "" || (!subject.isElsewhere && epoch !== undefined && /^set by /.test(epoch.binaryOrigin));
  const path = subject.isElsewhere ? envoyPath || found : epoch?.binary;
  const isThere = async (file: string) =>
    !file.includes("/") || (await host.answerQuestions([{ kind: "stat", path: file }], inputs)).stat(file) !== "missing";
  if (path !== undefined && (await isThere(path))) return { path };
  const flag = SWITCHES.find(({ name }) => name === "envoy-path")?.name ?? "";
  const remedy = `name one with --${flag} (${variableOf(flag)})`;
  const origin = subject.isElsewhere || epoch === undefined ? `--${flag}` : epoch.binaryOrigin;
  return {
    finding: isNamed
      ? { rule: "not-checked", level: "error", message: `Envoy "${path}" does not exist (${origin})`, causes: [], notes: [remedy] }
      : {
          rule: "not-checked",
          level: "warning",
          message: "Not checked by Envoy: there is none on this machine",
          causes: [],
          notes: [remedy],
        },
  };
}

/** Returns the version of an Envoy that is not the one of the proxy. */
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
