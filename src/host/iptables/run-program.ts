import { constants } from "node:os";
import type { ProgramCall, ProgramEnd } from "../../commands/iptables/traffic-host.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { trackChild } from "../linux/own-children.ts";

/** Runs a program and collects its output. One that does not end in time is killed, with what it has started. */
export async function runProgram({ program, args, input, environment, timeLimit }: ProgramCall): Promise<ProgramEnd> {
  const started = start(program, args, input, environment);
  if (typeof started === "string") return { stdout: "", stderr: "", reason: started };
  let isLate = false;
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    isLate = true;
    kill(started.pid);
    late.resolve();
  }, timeLimit);
  // A killed program may have left its output to another one.
  const output = Promise.all([started.stdout.text(), started.stderr.text(), started.exited]);
  const found = await Promise.race([output, late.promise]);
  clearTimeout(timer);
  const [stdout, stderr, code] = found ?? ["", "", 0];
  if (isLate) return { stdout, stderr, reason: `killed, as it did not end within ${timeLimit / 1_000} s` };
  if (started.signalCode !== null) return { stdout, stderr, reason: `signal: ${signalText(started.signalCode)}` };
  return code === 0 ? { stdout, stderr, status: 0 } : { stdout, stderr, status: code, reason: `exit status ${code}` };
}

type Child = Bun.Subprocess<Buffer | "ignore", "pipe", "pipe">;

/** Starts a program in a process group of its own; returns why it cannot be started. */
function start(
  program: string,
  args: readonly string[],
  input: string | undefined,
  environment: ProgramCall["environment"],
): Child | string {
  try {
    return trackChild(
      Bun.spawn([program, ...args], {
        stdin: input === undefined ? "ignore" : Buffer.from(input),
        stdout: "pipe",
        stderr: "pipe",
        detached: true,
        ...(environment === undefined ? {} : { env: { ...process.env, ...environment } }),
      }),
    );
  } catch (error) {
    if (errorCode(error) === "ENOENT" && Bun.which(program) === null) return `exec: "${program}": executable file not found in $PATH`;
    return `fork/exec ${Bun.which(program) ?? program}: ${reasonOf(error)}`;
  }
}

function kill(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // The group has exited.
  }
}

/** The names of signals as Go shows them, as far as they are usual; others by number. */
const SIGNALS: Readonly<Record<string | number, string>> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
  SIGABRT: "aborted",
  SIGINT: "interrupt",
  SIGBUS: "bus error",
};

/** The runtime gives the number of a signal without a name. */
function signalText(signal: NodeJS.Signals | number): string {
  return SIGNALS[signal] ?? `signal ${Object.entries(constants.signals).find(([each]) => each === signal)?.[1] ?? signal}`;
}
