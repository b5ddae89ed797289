import { errorText } from "../../common/errors.ts";
import { refusalIn } from "../../envoy/refusal.ts";
import { userConfigurationText } from "../../envoy/user-configuration.ts";
import { isSameEnvoy, unchangedParts } from "../../launch/compare-plans.ts";
import type { AgentPlan, EpochPlan, Plan } from "../../launch/plan.ts";
import { anonymousMemoryIn } from "../../linux/cgroup.ts";
import { headroomProblem } from "../../supervisor/headroom.ts";
import { adminOrigin } from "../envoy/admin-client.ts";
import { validateEnvoy } from "../envoy/validate-envoy.ts";
import { tryReadText } from "../files/read-file.ts";
import { readMemoryCgroup } from "../linux/memory-cgroup.ts";

export type Prepared =
  /** The files of the epoch are written; `unchanged`: settings that differ and only apply after the agent is restarted. */
  | { readonly kind: "ready"; readonly plan: Plan; readonly unchanged: readonly string[] }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly problem: string };

/** Plans the next epoch from settings read again, and lets Envoy validate it before it is started. */
export async function prepareEpoch(wanted: {
  readonly number: number;
  /** Prepares the epoch even when the settings are the same. */
  readonly force: boolean;
  readonly current: EpochPlan | undefined;
  /** The agent part of the plan, in force until the agent ends. */
  readonly agent: AgentPlan;
  /** The process of the current epoch. */
  readonly pid: number | undefined;
  readonly replan: () => Promise<Plan>;
  /** Writes the files of an epoch; they stay until it is decided whether to start it. */
  readonly write: (epoch: EpochPlan) => void;
}): Promise<Prepared> {
  const { number, force, current, agent, pid, replan, write } = wanted;
  try {
    const shortage = memoryProblem(pid);
    if (shortage !== undefined) return { kind: "failed", problem: shortage };
    const plan = await replan();
    const epoch = plan.epoch(number);
    if (!force && current !== undefined && isSameEnvoy(epoch, current)) return { kind: "unchanged" };
    const [from, to] = [adminOrigin(agent.admin), adminOrigin(plan.agent.admin)];
    if (from !== to)
      return {
        kind: "failed",
        problem: `its admin interface would move from ${from} to ${to}, which a running agent does not follow; restart the agent, or keep proxyAdminPort unchanged`,
      };
    write(epoch);
    const problem = await validationProblem(epoch);
    return problem === undefined ? { kind: "ready", plan, unchanged: unchangedParts(agent, plan.agent) } : { kind: "failed", problem };
  } catch (error) {
    return { kind: "failed", problem: errorText(error) };
  }
}

const VALIDATE_LIMIT = 10_000;

/** Returns why Envoy rejects an epoch, undefined if it does not; validation binds no port and uses no shared memory. */
async function validationProblem(epoch: EpochPlan): Promise<string | undefined> {
  const validation = await validateEnvoy(epoch, undefined, VALIDATE_LIMIT);
  if ("why" in validation) return `Envoy "${epoch.binary}" did not validate it (--mode validate): ${validation.why}`;
  if (validation.ok) return undefined;
  const refusal = refusalIn(validation.output);
  const own = refusal?.of === "configuration" ? userConfigurationText(epoch.ownConfiguration) : "";
  return `Envoy rejects it: ${refusal?.reason ?? "it gives no reason"}${own}`;
}

/** Returns why there is not enough memory for a second Envoy beside the current one. */
function memoryProblem(pid: number | undefined): string | undefined {
  const memory = readMemoryCgroup();
  const envoy = pid === undefined ? undefined : anonymousMemoryIn(tryReadText(`/proc/${pid}/status`) ?? "");
  if (memory?.usage === undefined || envoy === undefined) return undefined;
  return headroomProblem({ limit: memory.limit, usage: memory.usage, envoy });
}
