import type { Program } from "../../envoy/end-facts.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { fileContains, programPath, readProgram } from "../linux/read-program.ts";
import { envoyVersion } from "./envoy-version.ts";

/** A name of Envoy's API that every Envoy holds; put together here, so that this program does not hold it. */
const MARK = ["envoy", "config", "bootstrap"].join(".");

/** Returns what a program is that has not shown itself to be Envoy, and may be asked for its version; undefined for an Envoy. */
export async function program({ binary, binaryOrigin }: EpochPlan, mayAsk: boolean): Promise<Program | undefined> {
  const path = programPath(binary);
  const file = readProgram(path);
  if (file?.kind === "elf" && fileContains(path, MARK)) return undefined;
  const version = mayAsk ? await envoyVersion(path) : undefined;
  if (version?.ok === true) return undefined;
  return {
    path,
    origin: binaryOrigin,
    ...(file?.kind === "script" ? { interpreter: file.interpreter } : {}),
    isNotEnvoy: file?.kind === "elf" || version !== undefined,
    ...(version === undefined ? {} : { version: version.error }),
  };
}
