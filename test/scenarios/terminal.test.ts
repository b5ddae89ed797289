import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BINARY, SUBJECTS, type Subject } from "../support/subject.ts";
import { type AtTerminal, atTerminal, CTRL } from "../support/terminal.ts";
import { childOf, envoyIs, eventually, IS_ROOT, newPlace, type Place } from "./support.ts";

// Keys of a terminal. Envoy runs in its own session, so their signals reach only the agent.

const SHELL = ["bash", "--norc", "--noprofile", "-i"];

function environment(drain: string): Record<string, string> {
  const path = { PATH: process.env["PATH"] ?? "", CLOUD_PLATFORM: "none", PS1: "$ " };
  return { ...path, ...envoyIs("prints-signals", { terminationDrainDuration: drain }) };
}

function start(place: Place, subject: Subject, drain: string): AtTerminal {
  return atTerminal([...subject.command, "proxy"], { cwd: place.directory, env: environment(drain) });
}

/** Returns the signals that the fixture has reported, by number. */
function caught(terminal: AtTerminal): readonly string[] {
  return [...terminal.shown().matchAll(/caught (\d+)/g)].map(([, signal = ""]) => signal);
}

/** The agent and its Envoy as a job of a shell. */
function processesOf(shell: number): { readonly agent: number; readonly envoy: number } {
  const agent = childOf(shell);
  return { agent, envoy: childOf(agent) };
}

function stateOf(pid: number): string {
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "";
}

function isGone(pid: number): boolean {
  try {
    return stateOf(pid) === "Z";
  } catch {
    return true;
  }
}

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test("Ctrl-C drains, and then Envoy gets only SIGTERM", async () => {
    using place = newPlace();
    using terminal = start(place, subject, "1s");
    // The agent's own lines may be between the two.
    await terminal.shows("terminal: none\n");
    await terminal.shows("ready\n");
    terminal.type(CTRL.c);
    await terminal.shows("Received SIGINT, stopping Envoy; press Ctrl-C again (SIGINT) to skip the drain");
    await terminal.shows("Draining Envoy");
    await terminal.shows("caught 15\n");
    place.write("go", "");
    expect(await terminal.ended).toBe(0);
    expect(caught(terminal)).toEqual(["15"]);
  });

  test("a second Ctrl-C ends the drain, a third kills Envoy", async () => {
    using place = newPlace();
    using terminal = start(place, subject, "60s");
    await terminal.shows("ready\n");
    terminal.type(CTRL.c);
    await terminal.shows("Draining Envoy");
    expect(caught(terminal)).toEqual([]);
    terminal.type(CTRL.c);
    await terminal.shows("ending the drain; press Ctrl-C again to kill Envoy");
    await terminal.shows("caught 15\n");
    terminal.type(CTRL.c);
    await terminal.shows("Received SIGINT, killing Envoy");
    expect(await terminal.ended).toBe(0);
    expect(caught(terminal)).toEqual(["15"]);
  });

  test("Ctrl-\\ drains and stops", async () => {
    using place = newPlace();
    using terminal = start(place, subject, "1s");
    await terminal.shows("ready\n");
    terminal.type(CTRL.backslash);
    await terminal.shows("Received SIGQUIT, stopping Envoy");
    await terminal.shows("Draining Envoy");
    await terminal.shows("caught 15\n");
    place.write("go", "");
    expect(await terminal.ended).toBe(0);
    expect(caught(terminal)).toEqual(["15"]);
  });

  test("Ctrl-Z pauses Envoy and the agent, and fg resumes both", async () => {
    using place = newPlace();
    using terminal = atTerminal(SHELL, { cwd: place.directory, env: environment("0s") });
    terminal.type(`${subject.command.join(" ")} proxy\n`);
    await terminal.shows("ready\n");
    await terminal.shows("Opening status port");
    const { agent, envoy } = processesOf(terminal.pid);
    for (const time of [1, 2]) {
      terminal.type(CTRL.z);
      await terminal.shows("Stopped", time);
      await eventually(() => stateOf(agent) === "T" && stateOf(envoy) === "T", "both have stopped");
      terminal.type("fg\n");
      await eventually(() => stateOf(agent) !== "T" && stateOf(envoy) !== "T", "both go on");
    }
    place.write("go", "");
    terminal.type("echo ended with $?\n");
    await terminal.shows("ended with 0\n");
    expect(caught(terminal).filter((signal) => signal !== "18")).toEqual([]);
  });

  test.each([
    ["as the first program of its session", "leader"],
    ["as a job of a shell", "job"],
    ["as a program of a script", "script"],
  ] as const)("a terminal that is closed stops it in order, %s", async (_, kind) => {
    using place = newPlace();
    const env = { ...environment("0s"), ...envoyIs("exits-on-term"), EXIT_CODE: "0" };
    const command = [...subject.command, "proxy", "--log_target=log"];
    const args = { leader: command, job: SHELL, script: ["sh", "-c", '"$@"; true', "sh", ...command] };
    using terminal = atTerminal(args[kind], { cwd: place.directory, env });
    if (kind === "job") terminal.type(`${command.join(" ")}\n`);
    await terminal.shows("ready\n");
    await eventually(() => place.read("log").includes("Opening status port"), "the agent looks after Envoy");
    const { agent } = kind === "leader" ? { agent: terminal.pid } : processesOf(terminal.pid);
    terminal.close();
    await eventually(() => isGone(agent), "the agent has ended");
    const log = place.read("log");
    expect(log).toContain("The terminal was closed (SIGHUP), stopping Envoy");
    expect(log).toContain("Draining Envoy");
    expect(log).toContain("Epoch 0 exited normally");
  });

  test("a closed terminal ends the log, but changes neither the drain nor the exit status", async () => {
    using place = newPlace();
    const env = { ...environment("1s"), ...envoyIs("exits-on-term", { terminationDrainDuration: "1s" }), EXIT_CODE: "0" };
    using terminal = atTerminal([...subject.command, "proxy"], { cwd: place.directory, env });
    await terminal.shows("ready\n");
    await terminal.shows("Opening status port");
    terminal.close();
    expect(await terminal.ended).toBe(0);
  });

  test("with nohup the agent outlives its terminal", async () => {
    using place = newPlace();
    using terminal = atTerminal(SHELL, { cwd: place.directory, env: environment("0s") });
    terminal.type(`nohup ${subject.command.join(" ")} proxy >log 2>&1 &\n`);
    await eventually(() => place.has("log") && place.read("log").includes("Opening status port"), "the agent looks after Envoy");
    const { agent } = processesOf(terminal.pid);
    terminal.close();
    await eventually(() => place.read("log").includes("Ignoring SIGHUP: hot restart is disabled"), "the agent has got SIGHUP");
    expect(isGone(agent)).toBe(false);
    place.write("go", "");
    await eventually(() => isGone(agent), "the agent has ended");
    expect(place.read("log")).toContain("Epoch 0 exited: exit status 0");
  });

  test.each([
    ["in the foreground stops", "", "The terminal was closed (SIGHUP), stopping Envoy"],
    ["in the background reloads", "&", "New epoch requested (SIGHUP)"],
  ] as const)("with hot restart an agent %s when its terminal is closed", async (_, background, says) => {
    using place = newPlace();
    const env = { ...environment("0s"), ...envoyIs("exits-on-term"), EXIT_CODE: "0" };
    using terminal = atTerminal(SHELL, { cwd: place.directory, env });
    terminal.type(`${subject.command.join(" ")} proxy --hot-restart --log_target=log ${background}\n`);
    await terminal.shows("ready\n");
    await eventually(() => place.read("log").includes("Opening status port"), "the agent looks after Envoy");
    const { agent } = processesOf(terminal.pid);
    terminal.close();
    await eventually(() => place.read("log").includes(says), says);
    if (background !== "") process.kill(agent, "SIGTERM");
    await eventually(() => isGone(agent), "the agent has ended");
    expect(place.read("log")).toContain("Epoch 0 exited normally");
  });

  test("SIGHUP from a user is a reload while the terminal is open", async () => {
    using place = newPlace();
    using terminal = start(place, subject, "0s");
    await terminal.shows("ready\n");
    process.kill(terminal.pid, "SIGHUP");
    await terminal.shows("Ignoring SIGHUP: hot restart is disabled");
    place.write("go", "");
    expect(await terminal.ended).toBe(0);
    expect(caught(terminal)).toEqual([]);
  });
});

test("as PID 1, which no shell could continue, Ctrl-Z has no effect and Ctrl-C drains", async () => {
  using place = newPlace();
  const asInit = ["unshare", ...(IS_ROOT ? [] : ["-r"]), "--pid", "--fork", "--mount-proc"];
  using terminal = atTerminal([...asInit, ...BINARY.command, "proxy"], { cwd: place.directory, env: environment("1s") });
  await terminal.shows("ready\n");
  await terminal.shows("Opening status port");
  terminal.type(CTRL.z);
  await terminal.shows("caught 18\n");
  terminal.type(CTRL.c);
  await terminal.shows("Received SIGINT, stopping Envoy");
  await terminal.shows("caught 15\n");
  place.write("go", "");
  await terminal.shows("Epoch 0 exited normally");
});
