import { constants } from "node:fs";
import { nodeFs } from "../files/libc-files.ts";
import { reasonOf } from "../files/read-file.ts";

/** What access logs are usually written to; Envoy inherits both from the agent, and opens them again. */
const PATHS = ["/dev/stdout", "/dev/stderr"] as const;

/** Returns why Envoy, which runs as this process's user, may have rejected listeners with an access log; undefined if it could open it. */
export function accessLogProblem(): string | undefined {
  for (const path of PATHS) {
    const problem = openProblem(path);
    if (problem !== undefined)
      return `Envoy cannot open "${path}" (for example for an access log): ${problem}; let user ${process.getuid?.()} write to the file behind it`;
  }
  return undefined;
}

function openProblem(path: string): string | undefined {
  const fs = nodeFs();
  try {
    // Without O_NONBLOCK, the open of a pipe that nobody reads would block.
    fs.closeSync(fs.openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
