import { profileNames } from "../profiles/choose.ts";
import type { CommandCall } from "./command.ts";
import type { Host } from "./host.ts";
import type { Build } from "./version.ts";

/** Prints what attache itself is. */
export async function about(_call: CommandCall<readonly []>, host: Pick<Host, "build" | "print">): Promise<number> {
  host.print(aboutText(host.build, profileNames()));
  return 0;
}

/** What `about` prints: attache itself, for people, whatever release is followed. `profiles` are the names of the contracts inside. */
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
