import { ConfigError, UsageError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import type { Inputs } from "../inputs/inputs.ts";
import { adviceOf } from "../launch/advice.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Profile } from "../profiles/profile.ts";
import { readSettings } from "../profiles/read-settings.ts";
import type { Settings } from "../profiles/settings.ts";
import type { Launch, Outcome } from "./launch.ts";
import { type Ask, documentMaker, type PlannedStart, plannedStart } from "./plan-document.ts";

/** A start that was planned and checked, but not run. */
export interface CheckedLaunch {
  readonly outcome: Outcome;
  /** What heads the problems of a refused start. */
  readonly summary?: string;
  /** The warnings that `proxy` would log. */
  readonly warnings: readonly string[];
  /** Absent if it is refused. */
  readonly planned?: PlannedStart;
}

/** Plans a launch and collects its warnings. */
export type CheckLaunch = (launch: Launch) => Promise<CheckedLaunch>;

/** Returns a function that plans starts by the code of `proxy` and returns their refusals and warnings. */
export function launchChecker(ask: Ask): (profile: Profile, invocation: Invocation, inputs: Inputs) => Promise<CheckedLaunch> {
  const documentOf = documentMaker();
  return (profile, invocation, inputs) => checkLaunch({ profile, invocation, inputs }, ask, documentOf);
}

async function checkLaunch(
  { profile, invocation, inputs }: { readonly profile: Profile; readonly invocation: Invocation; readonly inputs: Inputs },
  ask: Ask,
  documentOf: ReturnType<typeof documentMaker>,
): Promise<CheckedLaunch> {
  let settings: Settings | undefined;
  const { environment } = inputs;
  try {
    settings = readSettings(profile, invocation, inputs);
    const planned = await plannedStart({ profile, invocation, settings, inputs }, ask);
    const notices = [...planned.agent.notices, ...planned.epoch.notices, ...adviceOf(profile, environment, settings, planned)];
    return { outcome: { kind: "planned", document: documentOf(planned) }, warnings: warningsIn(notices), planned };
  } catch (error) {
    if (error instanceof UsageError) return { outcome: { kind: "refused", problems: error.problems }, warnings: [] };
    if (!(error instanceof ConfigError)) throw error;
    const notices = [...adviceOf(profile, environment, settings), ...(settings?.notices ?? []), ...error.notices];
    return { outcome: { kind: "refused", problems: error.problems }, summary: error.summary, warnings: warningsIn(notices) };
  }
}

function warningsIn(notices: readonly Notice[]): readonly string[] {
  return [...new Set(notices.filter(({ level }) => level === "warn" || level === "error").map(({ text }) => text))];
}
