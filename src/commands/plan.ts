import type { Environment } from "../inputs/environment.ts";
import type { Launch } from "../launch/launch.ts";
import { planLaunch, questionsOf } from "../launch/plan-launch.ts";
import type { Invocation } from "../profiles/invocation.ts";
import { draftOf } from "../settings/draft.ts";
import type { Host } from "./host.ts";

/** The launch an invocation leads to: read, ask, plan. What `proxy` runs and `render` prints. @throws UsageError, ConfigError */
export async function plan(invocation: Invocation, environment: Environment, host: Host): Promise<Launch> {
  const inputs = host.readInputs(environment, invocation.flags.string("meshConfig"));
  const draft = draftOf(invocation, inputs);
  return planLaunch(draft, await host.answerQuestions(questionsOf(draft), inputs));
}
