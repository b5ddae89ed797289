import { STATUS } from "../envoy/exit-status.ts";
import { errorCode, reasonOf, statOf } from "./read-file.ts";

/** Why Envoy does not run, in one message, and the agent's status for that. */
export interface StartFailure {
  readonly problem: string;
  readonly status: number;
}

/** Why Envoy cannot be started, with the status shells give for it (design §6). */
export function failureOf(binary: string, error: unknown): StartFailure {
  const isMissing = errorCode(error) === "ENOENT" && !(binary.includes("/") && statOf(binary) !== "missing");
  const reason = errorCode(error) === "ENOENT" && !isMissing ? "its interpreter or loader is missing" : reasonOf(error);
  const where = binary.includes("/") ? "" : " (looked for in PATH)";
  return {
    problem: `Cannot start Envoy "${binary}"${where}: ${reason}; binaryPath of the ProxyConfig names it`,
    status: isMissing ? STATUS.notFound : STATUS.notExecutable,
  };
}
