import type { FlagTable } from "../../cli/flag.ts";
import { chooseProfile } from "../../profiles/choose.ts";
import type { CommandCall } from "../command.ts";

/** Returns the command that removes the rules that the given flags make. Variables still apply. */
export function undoCommand({ invocation: { flags }, environment, choice }: CommandCall<FlagTable>): string {
  const { name, traffic } = choice.profile;
  const agent = chooseProfile(undefined, environment).profile.name === name ? "attache" : `attache --profile ${name}`;
  const { procedure, flags: table } = traffic();
  if (procedure === "plain") return `${agent} istio-clean-iptables`;
  const given = table.filter((flag) => flags.given(flag.name) && !MODES.includes(flag.name));
  return [`${agent} istio-iptables --cleanup-only`, ...given.map((flag) => shellWord(`--${flag.name}=${flags.string(flag.name)}`))].join(
    " ",
  );
}

/** Flags that do not change which rules are meant. */
const MODES: readonly string[] = [
  "check",
  "cleanup-only",
  "dry-run",
  "explain",
  "force-apply",
  "reconcile",
  "run-validation",
  "skip-rule-apply",
];

function shellWord(text: string): string {
  return /^[\w./:=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
