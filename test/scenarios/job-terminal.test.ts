import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../support/subject.ts";
import { type AtTerminal, CTRL } from "../support/terminal.ts";
import { atFront, childrenOf, does, foreground, listsAsStopped, PROMPT, shell, signals } from "./job-shell.ts";
import { reportsInGroup, reportsSignals, type StandIn, standIn, typed } from "./job-support.ts";
import { eventually } from "./support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  const run = ({ args }: StandIn, ...job: readonly string[]) => typed(subject, [...args, "--log_output_level=error", "--", ...job]);
  const status = (terminal: AtTerminal, expected: number) => does(terminal, "echo status $?", `status ${expected}\n`);

  test("Ctrl-C and Ctrl-\\ reach the foreground job once; the shell gets the terminal back after it", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, run(proxy, ...reportsSignals(3)), "ready in the foreground\n");
    terminal.type(CTRL.c);
    await terminal.shows("got SIGINT\n");
    terminal.resize(100, 40);
    await terminal.shows("got SIGWINCH\n");
    terminal.type(CTRL.backslash);
    await terminal.shows(PROMPT, 2);
    expect(signals(terminal)).toEqual(["SIGINT", "SIGWINCH", "SIGQUIT"]);
    await status(terminal, 7);
    expect([foreground(terminal.pid), proxy.quits()]).toEqual([terminal.pid, 1]);
  });

  test("a signal sent to run reaches the job once, even one that the terminal can send", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, run(proxy, ...reportsSignals(4)), "ready in the foreground\n");
    const [wrapper = 0] = childrenOf(terminal.pid);
    for (const signal of ["SIGINT", "SIGTSTP", "SIGTTOU", "SIGTERM"] as const) {
      process.kill(wrapper, signal);
      await terminal.shows(`got ${signal}\n`);
    }
    await terminal.shows(PROMPT, 2);
    expect(signals(terminal)).toEqual(["SIGINT", "SIGTSTP", "SIGTTOU", "SIGTERM"]);
    await status(terminal, 7);
  });

  test("at a terminal, signals of terminals go to the job's whole group, others only to the job", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, run(proxy, ...reportsInGroup(5)), "ready in the foreground\n", 2);
    const [wrapper = 0] = childrenOf(terminal.pid);
    process.kill(wrapper, "SIGUSR1");
    await terminal.shows("alone USR1\n");
    const sent = ["SIGINT", "SIGQUIT", "SIGTSTP", "SIGWINCH", "SIGHUP"] as const;
    for (const signal of sent) {
      process.kill(wrapper, signal);
      await terminal.shows(`got ${signal}\n`, 2);
    }
    await terminal.shows(PROMPT, 2);
    expect(signals(terminal)).toEqual(sent.flatMap((signal) => [signal, signal]));
  });

  test("a job whose input is not a terminal does not get the terminal, nor inherits it as a descriptor", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, `${run(proxy, ...reportsSignals(1))} < /dev/null`, "ready in the background\n");
    terminal.type(CTRL.c);
    await terminal.shows(PROMPT, 2);
    const open = "readlink /proc/self/fd/* | grep -c '^/dev/tty$'";
    await does(terminal, run(proxy, "sh", "-c", `${open}; echo listed`), "\nlisted\n");
    expect(terminal.shown()).toContain("\n0\nlisted\n");
  });

  test("a job that is stopped by SIGSTOP stops run, and fg resumes both", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, run(proxy, ...reportsSignals(2)), "ready in the foreground\n");
    const [wrapper = 0] = childrenOf(terminal.pid);
    const [job = 0] = childrenOf(wrapper);
    process.kill(job, "SIGSTOP");
    await terminal.shows("Stopped");
    terminal.type("fg\n");
    await terminal.shows("got SIGCONT\n");
    terminal.type(CTRL.c);
    await terminal.shows("got SIGINT\n");
    await status(terminal, 7);
  });

  test("a job that exits in the background leaves the terminal to the shell", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, run(proxy, ...reportsSignals(2)), "ready in the foreground\n");
    const [wrapper = 0] = childrenOf(terminal.pid);
    const [job = 0] = childrenOf(wrapper);
    process.kill(job, "SIGSTOP");
    await terminal.shows("Stopped");
    await does(terminal, "bg", "got SIGCONT\n");
    await does(terminal, "kill %1; wait %1; echo status $?", "status 7\n");
    await does(terminal, "echo here", "here\n", 2);
    expect(foreground(terminal.pid)).toBe(terminal.pid);
  });

  test("Ctrl-C ends a job that does not handle it, with 130", async () => {
    using proxy = standIn();
    using terminal = await shell();
    terminal.type(`${run(proxy, "cat")}\none\n`);
    await terminal.shows("one\n", 2);
    terminal.type(CTRL.c);
    await terminal.shows(PROMPT, 2);
    await status(terminal, 130);
  });

  test("Ctrl-Z stops job and run, fg and bg resume them, and the job reads the terminal in the foreground", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, run(proxy, "sh", "-c", "echo up; while read line; do echo read: $line; done"), "up\n");
    terminal.type("one\n");
    await terminal.shows("read: one\n");
    terminal.type(CTRL.z);
    await terminal.shows("Stopped");
    terminal.type("fg\n");
    await atFront(terminal);
    terminal.type("two\n");
    await terminal.shows("read: two\n");
    terminal.type(CTRL.z);
    await terminal.shows("Stopped", 2);
    terminal.type("bg\n");
    await terminal.shows("done' &\n");
    // It reads in the background, which stops it again.
    await listsAsStopped(terminal, "Stopped (tty input)");
    terminal.type("fg\n");
    await atFront(terminal);
    terminal.type("three\n");
    await terminal.shows("read: three\n");
    terminal.type(CTRL.d);
    await terminal.shows(PROMPT, 2);
    await status(terminal, 0);
    expect(proxy.quits()).toBe(1);
  });

  test("fg brings a job that was started in the background to the foreground", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, `${run(proxy, "sh", "-c", "echo up; read line; echo read: $line")} &`, "up\n");
    await listsAsStopped(terminal, "Stopped (tty input)");
    terminal.type("fg\n");
    await atFront(terminal);
    terminal.type("one\n");
    await terminal.shows("read: one\n");
    await status(terminal, 0);
  });

  test("the shell's kill reaches the job once", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, `${run(proxy, ...reportsSignals(2))} &`, "ready in the background\n");
    terminal.type("kill %1\n");
    await terminal.shows("got SIGTERM\n");
    terminal.type("kill -INT %1; wait %1; echo status $?\n");
    await terminal.shows("status 7\n");
    expect(signals(terminal)).toEqual(["SIGTERM", "SIGINT"]);
  });

  test("during the wait Ctrl-Z stops run, fg resumes it, a new size has no effect, and Ctrl-C ends it", async () => {
    using proxy = standIn();
    proxy.ready = false;
    using terminal = await shell();
    terminal.type(`${run(proxy, "echo", "started")}\n`);
    await eventually(() => proxy.asked() > 0, "it waits");
    terminal.type(CTRL.z);
    await terminal.shows("Stopped");
    terminal.type("fg\n");
    const before = proxy.asked();
    await eventually(() => proxy.asked() > before + 1, "the wait goes on");
    terminal.resize(100, 40);
    const later = proxy.asked();
    await eventually(() => proxy.asked() > later + 2, "the wait goes on");
    terminal.type(CTRL.c);
    await terminal.shows(PROMPT, 3);
    await status(terminal, 130);
    expect([terminal.shown().includes("\nstarted\n"), proxy.quits()]).toEqual([false, 1]);
  });
});
