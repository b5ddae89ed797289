import { ConfigError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Launch } from "../launch/launch.ts";
import { planLaunch, questionsOf } from "../launch/plan-launch.ts";
import { type Draft, draftOf } from "../profiles/draft.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Host, LaunchOf } from "./host.ts";

/** What an invocation leads to. */
export interface Plan {
  readonly launch: Launch;
  /** The same for another epoch. @throws ConfigError */
  readonly launchOf: LaunchOf;
  /** Warnings of settings that nobody can have meant; nothing waits for them, so a start asks for them last. */
  readonly advice: () => Promise<readonly Notice[]>;
}

/** The launch an invocation leads to: read, ask, plan. What `proxy` runs and `render` prints. @throws UsageError, ConfigError */
export async function plan(invocation: Invocation, environment: Environment, host: Host): Promise<Plan> {
  let draft: Draft | undefined;
  const advice = async (launch?: Launch) => (await import("../launch/advice.ts")).adviceOf(invocation, environment, draft, launch);
  try {
    const inputs = host.readInputs(environment, invocation.flags.string("meshConfig"));
    const read = draftOf(invocation, inputs);
    draft = read;
    const answers = await host.answerQuestions(questionsOf(read), inputs);
    const launchOf = (epoch: number) => planLaunch(read, answers, epoch);
    const launch = launchOf(0);
    return { launch, launchOf, advice: () => advice(launch) };
  } catch (error) {
    // A mistyped name or annotation may be why another value is missing.
    throw error instanceof ConfigError ? error.after([...(await advice()), ...(draft?.notices ?? [])]) : error;
  }
}
