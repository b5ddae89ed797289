import { STATUS } from "../common/exit-status.ts";
import { wholeCleanup } from "../iptables/leftovers.ts";
import { savedState } from "../iptables/saved-state.ts";
import type { CommandCall } from "./command.ts";
import type { CLEAN_FLAGS } from "./flags.ts";
import type { Host } from "./host.ts";
import { claim } from "./iptables/claim.ts";
import { TIME_LIMIT } from "./iptables/detect-programs.ts";
import { PLAIN_PROGRAMS, printed } from "./iptables/program-plainly.ts";

/** Removes the rules that redirect traffic (contract 1.6 §15.4). Failures are ignored: most of it may not exist. */
export async function istioCleanIptables(
  { invocation, environment, choice }: CommandCall<typeof CLEAN_FLAGS>,
  host: Pick<Host, "openTraffic" | "print">,
): Promise<number> {
  const { clean } = choice.profile.traffic();
  if (clean === undefined) throw new Error(`The profile ${choice.profile.name} has no command that removes rules`);
  const traffic = await host.openTraffic();
  const dryRun = clean.isDry(invocation.flags, environment);
  if (!dryRun) await claim(traffic, () => {});
  const release = traffic.holdSignals();
  const steps = { config: { dryRun }, host: traffic, print: (line: string) => host.print(`${line}\n`), log: () => {} };
  const planned = {
    jumps: clean.commands.filter(([, , action]) => action === "-D"),
    chains: clean.commands.filter(([, , action]) => action !== "-D"),
  };
  for (const program of Object.values(PLAIN_PROGRAMS)) {
    const saved = dryRun ? undefined : await traffic.run({ program: `${program}-save`, args: [], timeLimit: TIME_LIMIT });
    const state = saved?.reason === undefined ? savedState(saved?.stdout ?? "") : undefined;
    for (const args of wholeCleanup(planned, state, clean.dnsPort)) await printed(program, args, steps);
  }
  for (const program of Object.values(PLAIN_PROGRAMS)) await printed(`${program}-save`, [], steps);
  return release() ?? STATUS.stopped;
}
