import { ConfigError } from "../common/errors.ts";
import type { Environment } from "../inputs/environment.ts";
import { planLaunch, questionsOf } from "../launch/plan-launch.ts";
import type { Invocation } from "../profiles/invocation.ts";
import { draftOf } from "../settings/draft.ts";
import type { Host, LaunchOf } from "./host.ts";

/** The launch an invocation leads to, for any epoch: read, ask, plan. What `proxy` runs and `render` prints. @throws UsageError, ConfigError */
export async function plan(invocation: Invocation, environment: Environment, host: Host): Promise<LaunchOf> {
  const inputs = host.readInputs(environment, invocation.flags.string("meshConfig"));
  const draft = draftOf(invocation, inputs);
  const answers = await host.answerQuestions(questionsOf(draft), inputs);
  return (epoch) => {
    try {
      return planLaunch(draft, answers, epoch);
    } catch (error) {
      // A mistyped field or annotation may be why another value is missing.
      throw error instanceof ConfigError ? error.after(draft.notices) : error;
    }
  };
}
