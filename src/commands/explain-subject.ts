import { type ExplainRequest, type Explanation, explainLaunch } from "../explain/explain-launch.ts";
import type { Launch, PlanLaunch } from "../explain/launch.ts";
import { listInputs } from "../explain/list-inputs.ts";
import { environmentOf } from "../inputs/environment.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Host } from "./host.ts";
import { launchOf, plannerOf } from "./plan-subject.ts";
import type { Subject } from "./subject.ts";

/** A subject that can be planned and explained. */
export interface Explainable {
  readonly profile: Profile;
  readonly launch: Launch;
  readonly plan: PlanLaunch;
  /** Explains the values that patterns select, or all inputs. @throws ConfigError, UsageError */
  readonly explain: (asked: Pick<ExplainRequest, "patterns" | "all" | "joint">) => Promise<Explanation>;
}

/** Returns how a subject is explained. @throws UsageError for arguments that `proxy` refuses */
export function explainable(subject: Subject, clock: Host["clock"]): Explainable {
  const { launch, line } = launchOf(subject);
  const { profile } = line.choice;
  const plan = plannerOf(subject);
  return {
    profile,
    launch,
    plan,
    explain(asked) {
      const read = subject.readInputs(environmentOf(launch.variables), line.invocation.flags.string("meshConfig"));
      const inputs = listInputs(launch, read, profile.proxyConfig.annotations);
      return explainLaunch({ launch, inputs, profile, plan, ...asked, now: clock.now });
    },
  };
}
