import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { explainLaunch } from "../explain/explain-launch.ts";
import { shownExplanation } from "../explain/explanation-json.ts";
import { explanationText } from "../explain/explanation-text.ts";
import { listInputs } from "../explain/list-inputs.ts";
import { environmentOf } from "../inputs/environment.ts";
import { withNames } from "../pod/unknown.ts";
import type { CommandCall } from "./command.ts";
import { EXPLAIN_FLAGS, type ExplainFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { launchOf, plannerOf, titleOf, unknownsText } from "./plan-subject.ts";
import { type SubjectHost, splitPositionals, subjectOf } from "./subject.ts";

const OUTPUTS: readonly string[] = ["text", "json"];

/** Prints which inputs the values of a plan depend on, found by planning without each. @throws UsageError, ConfigError */
export async function explain(call: CommandCall<ExplainFlags>, host: SubjectHost & Pick<Host, "print" | "clock">): Promise<number> {
  const { flags } = call.invocation;
  const output = flags.string("output");
  if (!OUTPUTS.includes(output)) throw new UsageError(mustBe("output", OUTPUTS, output));
  const { role, others } = splitPositionals(call);
  const subject = subjectOf(
    call,
    role,
    EXPLAIN_FLAGS.map(({ name }) => name),
    host,
  );
  const { launch, line } = launchOf(subject);
  const { profile } = line.choice;
  const read = subject.readInputs(environmentOf(launch.variables), line.invocation.flags.string("meshConfig"));
  const explanation = await explainLaunch({
    launch,
    inputs: listInputs(launch, read, profile.proxyConfig.annotations),
    profile,
    plan: plannerOf(subject),
    patterns: others,
    all: flags.bool("all"),
    now: host.clock.now,
  });
  const shown = shownExplanation(explanation);
  const unknowns = subject.unknowns();
  const head = { of: subject.name, profile: profile.name };
  const text =
    output === "json"
      ? `${JSON.stringify({ ...head, ...shown, unknown: unknowns }, null, 2)}\n`
      : `${titleOf(subject.name, profile)}\n\n${explanationText(shown)}${unknownsText(unknowns)}`;
  host.print(withNames(text, unknowns));
  return 0;
}
