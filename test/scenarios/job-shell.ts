import { readFileSync } from "node:fs";
import { type AtTerminal, atTerminal } from "../support/terminal.ts";
import { eventually } from "./support.ts";

/** The prompt of `shell`. */
export const PROMPT = "shell> ";

/** An interactive shell with job control. */
export async function shell(): Promise<AtTerminal> {
  const terminal = atTerminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], { env: { PS1: PROMPT, PS2: "" } });
  await terminal.shows(PROMPT);
  return terminal;
}

/** Types a line and waits until the terminal shows a text after its echo. */
export async function does(terminal: AtTerminal, line: string, shows: string, times = 1): Promise<void> {
  terminal.type(`${line}\n`);
  await terminal.shows(shows, times);
}

/** Returns the foreground process group, from the kernel's data of the session leader. */
export function foreground(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[5]);
}

/** Returns the names of the signals that the job has reported. */
export const signals = (terminal: AtTerminal) => [...terminal.shown().matchAll(/got (SIG\w+)/g)].map(([, name]) => name);

/** Returns the child processes of a process. */
export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** Returns the state of a process as one letter, as in ps. */
export function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] ?? "";
}

/** Resolves when the shell has reported the stop, which the kernel shows earlier; clears the output. */
export async function listsAsStopped(terminal: AtTerminal, how: string): Promise<void> {
  await eventually(async () => {
    terminal.clear();
    terminal.type("jobs -l\n");
    await terminal.shows(PROMPT);
    return terminal.shown().includes(how);
  }, `the shell lists a job as ${how}`);
}

/** Resolves when the shell has given up the terminal, so that it does not read what is typed. */
export async function atFront(terminal: AtTerminal): Promise<void> {
  await eventually(() => {
    const shells = [terminal.pid, ...childrenOf(terminal.pid)];
    return !shells.includes(foreground(terminal.pid));
  }, `the job is in the foreground: ${terminal.shown()}`);
}
