import type { FlagTable, FlagValues } from "../../cli/flag.ts";
import { STATUS } from "../../common/exit-status.ts";
import { explanation } from "../../iptables/explain.ts";
import { networkChanges } from "../../iptables/network-changes.ts";
import type { TrafficContract } from "../../iptables/traffic-contract.ts";
import { checkNatively } from "./check-natively.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkRules } from "./check-rules.ts";
import type { PlainProgramming } from "./program-plainly.ts";
import type { Programming } from "./program-rules.ts";

/** Prints the rules in words, or what is different from them; changes nothing. */
export async function answer(
  flags: FlagValues<FlagTable>,
  { procedure }: TrafficContract,
  programming: Programming & PlainProgramming,
): Promise<number> {
  const { config, plan, log, print, host } = programming;
  const check = config.nativeNftables ? checkNatively : checkRules;
  const differences = flags.bool("check") ? await check(programming) : undefined;
  if (!plan.ok || differences?.ok === false) {
    const error = plan.ok ? differences : plan;
    if (error?.ok === false) log("error", error.error);
    return STATUS.refused;
  }
  if (flags.bool("explain")) for (const line of explanation(plan.value.rules, config.hasV6)) print(line);
  if (differences === undefined) return STATUS.stopped;
  const all = [...differences.value, ...checkRoutes(networkChanges(config, procedure), host)];
  for (const line of all.length > 0 ? all : ["The rules are as these flags make them"]) print(line);
  return all.length > 0 ? STATUS.found : STATUS.stopped;
}
