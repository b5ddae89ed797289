import type { Program } from "../../envoy/end-facts.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { fileContains, programPath, readProgram } from "../linux/read-program.ts";
import { envoyVersion } from "./envoy-version.ts";

/** A text that every Envoy binary contains; assembled here, so that this program does not contain it. */
const MARK = ["envoy", "config", "bootstrap"].join(".");

/** Describes a program that has not shown itself to be Envoy, and runs it for its version if `mayRun`; undefined for an Envoy. */
export async function identifyProgram({ binary, binaryOrigin }: EpochPlan, mayRun: boolean): Promise<Program | undefined> {
  const path = programPath(binary);
  const file = readProgram(path);
  if (file?.kind === "elf" && fileContains(path, MARK)) return undefined;
  const version = mayRun ? await envoyVersion(path) : undefined;
  if (version?.ok === true) return undefined;
  return {
    path,
    origin: binaryOrigin,
    ...(file?.kind === "script" ? { interpreter: file.interpreter } : {}),
    isNotEnvoy: file?.kind === "elf" || version !== undefined,
    ...(version === undefined ? {} : { version: version.error }),
  };
}
