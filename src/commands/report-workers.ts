import type { Log } from "../common/notice.ts";
import { hasOption } from "../envoy/options.ts";
import type { Environment } from "../inputs/environment.ts";
import type { EpochPlan } from "../launch/plan.ts";
import type { Host } from "./host.ts";

/** Logs how many workers Envoy runs if no flag or CPU limit sets the number, which may be large on a large node. */
export async function reportWorkers(
  { options }: EpochPlan,
  environment: Environment,
  host: Pick<Host, "countWorkers">,
  log: Log,
): Promise<void> {
  if (hasOption(options, "--concurrency")) return;
  const count = await host.countWorkers(environment);
  log(
    "info",
    `Envoy runs ${count} ${count === 1 ? "worker" : "workers"}, one per available CPU, because no limit is set (use --concurrency to set one)`,
  );
}
