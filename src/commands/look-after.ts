import type { Supervision } from "../launch/supervision.ts";
import { budgetNotices } from "../supervisor/budget.ts";
import { supervise } from "../supervisor/supervise.ts";
import type { CareContext, Host } from "./host.ts";

/** Looks after an Envoy that was started, until no epoch is left. Loaded after the start. Returns the agent's exit status. */
export async function lookAfter(rules: Supervision, context: CareContext, host: Host): Promise<number> {
  for (const { level, text } of budgetNotices(rules)) context.log(level, text);
  const care = await host.openCare(context);
  const status = await supervise(rules, context.envoys.events, care.start, care.seen);
  await care.settle(status);
  return status;
}
