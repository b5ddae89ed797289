import { ConfigError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import { makePlan, questionsOf } from "../launch/make-plan.ts";
import type { Plan, Planned } from "../launch/plan.ts";
import { readSettings } from "../profiles/read-settings.ts";
import type { Settings } from "../profiles/settings.ts";
import type { CommandCall } from "./command.ts";
import type { Host } from "./host.ts";

/** The part of a call that determines a plan. */
export type PlanCall = Pick<CommandCall<readonly []>, "choice" | "invocation" | "environment">;

export type PlanHost = Pick<Host, "readInputs" | "answerQuestions">;

/** The plan of a call, with its first epoch and advice. */
export interface ReadPlan {
  readonly plan: Plan;
  readonly epoch: Planned["epoch"];
  /** Returns warnings about probable mistakes. A start calls it last, as the plan does not depend on them. */
  readonly advice: () => Promise<readonly Notice[]>;
}

/** Reads all settings, asks the machine what they require, and makes the plan that `proxy` runs and `render` prints. @throws UsageError, ConfigError */
export async function readPlan({ choice: { profile }, invocation, environment }: PlanCall, host: PlanHost): Promise<ReadPlan> {
  let settings: Settings | undefined;
  const advice = async (planned?: Planned) => (await import("../launch/advice.ts")).adviceOf(profile, environment, settings, planned);
  try {
    const inputs = host.readInputs(environment, invocation.flags.string("meshConfig"));
    const read = readSettings(profile, invocation, inputs);
    settings = read;
    const plan = makePlan(profile, read, await host.answerQuestions(questionsOf(profile, read), inputs));
    const epoch = plan.epoch(0);
    return { plan, epoch, advice: () => advice({ agent: plan.agent, epoch }) };
  } catch (error) {
    // A misspelled name or annotation may be the cause.
    throw error instanceof ConfigError ? error.withNotices([...(await advice()), ...(settings?.notices ?? [])]) : error;
  }
}
