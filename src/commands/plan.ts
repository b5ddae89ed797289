import { ConfigError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import { makePlan, questionsOf } from "../launch/make-plan.ts";
import type { Plan, Planned } from "../launch/plan.ts";
import { readSettings } from "../profiles/read-settings.ts";
import type { Settings } from "../profiles/settings.ts";
import type { CommandCall } from "./command.ts";
import type { Host } from "./host.ts";

/** The part of a call that a plan follows from. */
export type PlanCall = Pick<CommandCall<readonly []>, "choice" | "invocation" | "environment">;

export type PlanHost = Pick<Host, "readInputs" | "answerQuestions">;

/** What an invocation leads to: its plan, the first epoch of it, and advice. */
export interface ReadPlan {
  readonly plan: Plan;
  readonly epoch: Planned["epoch"];
  /** Warnings of settings that nobody can have meant; nothing waits for them, so a start asks for them last. */
  readonly advice: () => Promise<readonly Notice[]>;
}

/** Reads every setting, asks the machine what they name, and plans: what `proxy` runs and `render` prints. @throws UsageError, ConfigError */
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
    // A mistyped name or annotation may be why another value is missing.
    throw error instanceof ConfigError ? error.withNotices([...(await advice()), ...(settings?.notices ?? [])]) : error;
  }
}
