import { NFT_TABLES, nftCleanup, nftDocument } from "../../iptables/nft-document.ts";
import { TIME_LIMIT } from "./detect-programs.ts";
import { type Programming, withRemedy } from "./program-rules.ts";
import type { ProgramEnd, TrafficHost } from "./traffic-host.ts";

/** The oldest version that is supported. */
const OLDEST = [1, 0, 1] as const;

/** Programs the rules with nft (contract 1.30 §14.6). Returns the document, or why that failed. */
export async function programNatively(programming: Programming): Promise<{ readonly document: string } | { readonly error: string }> {
  const { config, plan, host, log, show, undo } = programming;
  if (!plan.ok) return { error: plan.error };
  for (const { level, text } of plan.value.notices) log(level, text);
  show();
  const lines = config.cleanupOnly ? nftCleanup() : nftDocument(plan.value.rules, config.hasV6);
  const document = lines.map((line) => `${line}\n`).join("");
  if (config.dryRun) return { document };
  const problem = await unusable(host, config.cniMode, programming.placesMissingNft);
  if (problem !== undefined) return { error: withRemedy(problem) };
  const end = await nft(host, ["-f", "-"], document);
  if (end.reason === undefined) return { document };
  // nft applies a document completely or not at all, unless it is killed.
  const state =
    end.status === undefined
      ? `it is unknown whether ${NFT_TABLES.join(", ")} were changed; undo with "${undo}"`
      : "the rules are as before";
  return { error: `${withRemedy(`nftables run failed: ${end.stderr.trim() || end.reason}`)} (${state})` };
}

/** Returns why nft cannot be used. */
async function unusable(host: TrafficHost, isOnNode: boolean, placesMissing: boolean): Promise<string | undefined> {
  const shown = await nft(host, ["--version"]);
  if (shown.reason?.startsWith("exec: ") === true) {
    const place = isOnNode ? "on the host filesystem" : "in the sidecar container image";
    const missing = `could not find nftables binary: ${shown.reason}`;
    return placesMissing ? `nativeNftables is enabled, but the nft binary is missing ${place}: ${missing}` : missing;
  }
  if (shown.reason !== undefined) return `could not run nftables binary: ${shown.reason} ${shown.stderr}`;
  if (!isRecent(shown.stdout)) return `nft version must be v1.0.1 or later (got ${shown.stdout.trim()})`;
  // Some kernels do not support comments of tables; nothing else is different there.
  const commented = await nft(host, ["--check", "-f", "-"], 'add table inet test { comment "test" ; }\n');
  if (commented.reason === undefined) return undefined;
  const checked = await nft(host, ["--check", "-f", "-"], "add table inet test\n");
  return checked.reason === undefined ? undefined : `could not run nftables binary: ${checked.stderr.trim() || checked.reason}`;
}

/** Reports whether a version is supported; as upstream, one that is not recognized is. */
function isRecent(text: string): boolean {
  const [, ...parts] = /v(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  const found = parts.map(Number);
  for (const [at, least] of OLDEST.entries()) if (found[at] !== least) return (found[at] ?? least) > least;
  return true;
}

function nft(host: TrafficHost, args: readonly string[], input?: string): Promise<ProgramEnd> {
  return host.run({ program: "nft", args, timeLimit: TIME_LIMIT, ...(input === undefined ? {} : { input }) });
}
