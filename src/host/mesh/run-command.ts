import { reasonNotStarted } from "../envoy/start-failure.ts";
import { trackChild } from "../linux/own-children.ts";

/** Runs a command without input and output. It is killed, with what it has started, when the signal aborts. @throws Error unless it exits with 0 */
export async function runCommand(command: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = ""] = command;
  const child = started(program, command);
  const kill = () => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  const status = await child.exited;
  signal.removeEventListener("abort", kill);
  if (child.signalCode !== null) throw new Error(`the command was killed by ${child.signalCode}`);
  if (status !== 0) throw new Error(`the command exited with status ${status}`);
}

/** Starts it in its own process group, so that its children can be killed with it. */
function started(program: string, command: readonly string[]): Bun.Subprocess {
  try {
    return trackChild(Bun.spawn([...command], { stdio: ["ignore", "ignore", "ignore"], detached: true }));
  } catch (error) {
    throw new Error(`cannot run "${program}": ${reasonNotStarted(program, error).reason}`, { cause: error });
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // The group has exited.
  }
}
