import { UsageError } from "../common/errors.ts";
import type { Build } from "./build.ts";
import type { CommandCall } from "./command.ts";
import type { VersionFlags } from "./flags.ts";
import type { Host } from "./host.ts";

/** Prints the release and the build. @throws UsageError for an unknown output format */
export async function version(call: CommandCall<VersionFlags>, host: Pick<Host, "build" | "print">): Promise<number> {
  host.print(versionText(call, host.build));
  return 0;
}

/** Returns what `version` prints, in the format of the flags (contract 1.6 §1.1, 1.30 §1.1). @throws UsageError for an unknown format */
export function versionText(
  { choice: { profile }, invocation: { flags } }: Pick<CommandCall<VersionFlags>, "choice" | "invocation">,
  build: Build,
): string {
  const output = flags.string("output");
  if (output !== "" && output !== "json" && output !== "yaml")
    throw new UsageError(`--output must be 'yaml' or 'json': current value is "${output}"`);
  const fields = {
    version: profile.release,
    revision: build.commit,
    golang_version: `bun ${build.bun}`,
    status: "Clean",
    tag: `attache ${build.version} (${build.commit})`,
  };
  if (output === "json") return `${JSON.stringify({ clientVersion: fields }, null, 2)}\n`;
  if (output === "yaml")
    return `clientVersion:\n${Object.entries(fields)
      .map(([name, value]) => `  ${name}: ${value}\n`)
      .join("")}`;
  if (flags.bool("short")) return `${profile.versionPrefix}${profile.release}\n`;
  const [version, revision, go, status, tag] = Object.values(fields).map((value) => JSON.stringify(value));
  return `${profile.versionPrefix}version.BuildInfo{Version:${version}, GitRevision:${revision}, GolangVersion:${go}, BuildStatus:${status}, GitTag:${tag}}\n`;
}
