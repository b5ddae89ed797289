import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { nftDifferences, nftState } from "../../iptables/nft-differences.ts";
import { TIME_LIMIT } from "./detect-programs.ts";
import { type Programming, withRemedy } from "./program-rules.ts";

/** Compares the native tables with the planned rules, without changing anything. Returns the differences in words. */
export async function checkNatively({ config, plan, host }: Programming): Promise<Parsed<readonly string[]>> {
  if (!plan.ok) return plan;
  const listed = await host.run({ program: "nft", args: ["list", "ruleset"], timeLimit: TIME_LIMIT });
  if (listed.reason !== undefined) return bad(withRemedy(`Cannot read the rules with nft: ${listed.reason} ${listed.stderr}`));
  return ok(nftDifferences(nftState(listed.stdout), plan.value.rules, config.hasV6));
}
