import { run } from "../commands/run.ts";
import { HOST } from "./host.ts";

/** Runs attache on this machine. Returns the exit status. */
export function start(argv: readonly string[]): Promise<number> {
  return run(argv, "attache", HOST);
}
