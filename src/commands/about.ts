import { profileNames } from "../profiles/choose.ts";
import type { Build } from "./build.ts";
import type { CommandCall } from "./command.ts";
import type { Host } from "./host.ts";

/** Prints version, build and profiles of attache. */
export async function about(_call: CommandCall<readonly []>, host: Pick<Host, "build" | "print">): Promise<number> {
  host.print(aboutText(host.build, profileNames()));
  return 0;
}

/** Returns what `about` prints about attache itself, the same for all profiles. `profiles` are the names of the contracts. */
export function aboutText({ version, commit, date, bun }: Build, profiles: readonly string[]): string {
  const facts = [
    ["Version", version],
    ["Commit", commit],
    ["Date", date],
    ["Runtime", `Bun ${bun}`],
    ["Profiles", profiles.join(", ")],
    ["Licence", "Apache-2.0"],
  ] as const;
  return ["attache: starts Envoy from a container's environment and supervises it", ...facts.map(fact), ""].join("\n");
}

function fact([name, value]: readonly [string, string]): string {
  return `  ${name.padEnd(10)}${value}`;
}
