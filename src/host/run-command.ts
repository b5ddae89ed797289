import { exitStatus, STATUS } from "../envoy/exit-status.ts";
import { own } from "./own-children.ts";
import { errorCode, reasonOf } from "./read-file.ts";

/** Runs a command with our streams and passes stop signals on. Its status is 128 + signal where a signal ended it. */
export async function runCommand(words: readonly string[]): Promise<{ readonly status: number; readonly problem?: string }> {
  let child: Bun.Subprocess;
  try {
    child = own(Bun.spawn([...words], { stdio: ["inherit", "inherit", "inherit"] }));
  } catch (error) {
    return { status: errorCode(error) === "ENOENT" ? STATUS.notFound : STATUS.notExecutable, problem: reasonOf(error) };
  }
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, pass);
  await child.exited;
  for (const signal of signals) process.off(signal, pass);
  return { status: exitStatus({ code: child.signalCode === null ? child.exitCode : null, signal: child.signalCode }, []) };
}
