import { maskSecrets } from "../secrets/mask.ts";
import type { CheckedLaunch, CheckLaunch } from "./check-launch.ts";
import type { Cause, Finding } from "./finding.ts";
import type { Input } from "./input.ts";
import type { Launch } from "./launch.ts";

/** The most causes of one finding that are listed. */
const MOST_CAUSES = 4;

/** Returns what attache itself refuses or warns about, each with the inputs without which it would not. */
export async function ownFindings(
  launch: Launch,
  inputs: readonly Input[],
  complete: CheckedLaunch,
  check: CheckLaunch,
  causeOf: (input: Input) => Cause,
): Promise<readonly Finding[]> {
  const problems = complete.outcome.kind === "refused" ? complete.outcome.problems : [];
  const { summary, warnings } = complete;
  if (problems.length + warnings.length === 0) return [];
  const trials: { readonly input: Input; readonly texts: readonly string[] }[] = [];
  for (const input of inputs) {
    const { outcome, warnings: left, planned } = await check(input.without(launch));
    // What chooses the release decides everything.
    if (planned !== undefined && complete.planned !== undefined && planned.agent.profile !== complete.planned.agent.profile) continue;
    trials.push({ input, texts: [...(outcome.kind === "refused" ? outcome.problems : []), ...left] });
  }
  const causesOf = (text: string): readonly Cause[] => {
    const found = trials.filter(({ texts }) => !texts.includes(text)).map(({ input }) => input);
    const named = found.filter((input) => isNamed(input, text));
    return (named.length > 0 ? named : found).slice(0, MOST_CAUSES).map(causeOf);
  };
  return [
    ...problems.map((problem): Finding => {
      const message = maskSecrets(summary === undefined ? problem : `${summary}: ${problem}`);
      return { rule: "attache-refusal", level: "error", message, causes: causesOf(problem), notes: [] };
    }),
    ...warnings.map((text): Finding => {
      return { rule: "attache-warning", level: "warning", message: maskSecrets(text), causes: causesOf(text), notes: [] };
    }),
  ];
}

/** Reports whether a message names an input. */
function isNamed({ name, field }: Input, text: string): boolean {
  return [name, field ?? name].some((each) => each.length > 2 && text.includes(each));
}
