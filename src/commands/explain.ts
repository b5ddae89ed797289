import { mustBe } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import { visibleText } from "../common/visible-text.ts";
import { shownExplanation } from "../explain/explanation-json.ts";
import { explanationText } from "../explain/explanation-text.ts";
import { withNames } from "../pod/unknown.ts";
import type { CommandCall } from "./command.ts";
import type { PageHost } from "./explain-page.ts";
import { explainable } from "./explain-subject.ts";
import { EXPLAIN_FLAGS, type ExplainFlags } from "./flags.ts";
import { limitsText, titleOf, unknownsText } from "./plan-subject.ts";
import { splitPositionals, subjectOf } from "./subject.ts";

const OUTPUTS: readonly string[] = ["text", "json"];

/** Prints which inputs the values of a plan depend on, found by planning without each. @throws UsageError, ConfigError */
export async function explain(call: CommandCall<ExplainFlags>, host: PageHost): Promise<number> {
  const { flags } = call.invocation;
  const page = flags.string("html");
  if (page === "" && flags.given("html")) throw new UsageError("Cannot use --html with an empty value");
  if (page !== "") return await (await import("./explain-page.ts")).explainPage(page, call, host);
  const output = flags.string("output");
  if (!OUTPUTS.includes(output)) throw new UsageError(mustBe("output", OUTPUTS, output));
  const { role, others } = splitPositionals(call);
  const subject = subjectOf(
    call,
    role,
    EXPLAIN_FLAGS.map(({ name }) => name),
    host,
  );
  const { profile, explain } = explainable(subject, host.clock);
  const explanation = await explain({ patterns: others, all: flags.bool("all"), joint: false });
  const shown = shownExplanation(explanation);
  const unknowns = subject.unknowns();
  const { limits } = subject;
  const head = { of: subject.name, profile: profile.name, ...(limits === undefined ? {} : { limits }) };
  const text =
    output === "json"
      ? `${JSON.stringify({ ...head, ...shown, unknown: unknowns }, null, 2)}\n`
      : `${titleOf(subject.name, profile)}\n${limitsText(limits)}\n${explanationText(shown)}${unknownsText(unknowns)}`;
  host.print(visibleText(withNames(text, unknowns)));
  return 0;
}
