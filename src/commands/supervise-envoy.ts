import { budgetNotices } from "../supervisor/budget.ts";
import { ALONE, INITIAL } from "../supervisor/state.ts";
import { supervise } from "../supervisor/supervise.ts";
import type { Host, SupervisionContext } from "./host.ts";
import { identityText } from "./proxy-identity.ts";
import { reportWorkers } from "./report-workers.ts";

export type SupervisionHost = Pick<Host, "openEffects" | "countWorkers">;

/**
 * Supervises Envoy until no epoch is left; with DISABLE_ENVOY, serves until a stop is requested. Loaded after the start. Returns
 * the agent's exit status.
 */
export async function superviseEnvoy(context: SupervisionContext, host: SupervisionHost): Promise<number> {
  const { supervision: rules, withoutEnvoy: isAlone = false } = context.plan.agent;
  context.log("info", identityText(context.plan.agent));
  for (const { level, text } of isAlone ? [] : budgetNotices(rules)) context.log(level, text);
  const effects = await host.openEffects(context);
  if (!isAlone) await reportWorkers(context.epoch, context.environment, host, context.log);
  const initial = isAlone ? ALONE : INITIAL;
  if (isAlone) {
    effects.seen(ALONE);
    effects.start({ kind: "notify", state: "READY" });
  }
  const { start, seen, bug } = effects;
  const status = await supervise(rules, context.envoys.events, { start, seen, bug }, initial);
  await effects.end(status);
  return status;
}
