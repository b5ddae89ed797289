import type { StartFailure } from "../../commands/service.ts";
import { STATUS } from "../../common/exit-status.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { errorCode, fileType, reasonOf } from "../files/read-file.ts";

/** Returns why Envoy cannot be started, with the exit status that shells use for it. */
export function startFailure({ binary, binaryOrigin }: Pick<EpochPlan, "binary" | "binaryOrigin">, error: unknown): StartFailure {
  const { reason, status } = reasonNotStarted(binary, error);
  const where = binary.includes("/") ? "" : ", searched on PATH";
  return {
    problem: `Cannot start Envoy "${binary}": ${reason} (${binaryOrigin}${where}); set another path with --envoy-path (ATTACHE_ENVOY_PATH)`,
    status,
  };
}

/** Returns why a program cannot be started, with the exit status that shells use for it. */
export function reasonNotStarted(program: string, error: unknown): { readonly reason: string; readonly status: number } {
  const isMissing = errorCode(error) === "ENOENT" && !(program.includes("/") && fileType(program) !== "missing");
  const general = errorCode(error) === "ENOENT" && !isMissing ? "its interpreter or loader is missing" : reasonOf(error);
  const { programProblem }: typeof import("../linux/read-program.ts") = require("../linux/read-program.ts");
  return { reason: programProblem(program, error) ?? general, status: isMissing ? STATUS.notFound : STATUS.notExecutable };
}
