import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SUBJECTS } from "../support/subject.ts";
import { type AtTerminal, atTerminal, CTRL } from "../support/terminal.ts";
import { reportsInGroup, reportsSignals, type StandIn, standIn, typed, typedWords } from "./job-support.ts";
import { eventually } from "./support.ts";

const PROMPT = "shell> ";

/** An interactive shell with job control. */
async function shell(): Promise<AtTerminal> {
  const terminal = atTerminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], { env: { PS1: PROMPT, PS2: "" } });
  await terminal.shows(PROMPT);
  return terminal;
}

/** Types a line and waits until the terminal shows a text after its echo. */
async function does(terminal: AtTerminal, line: string, shows: string, times = 1): Promise<void> {
  terminal.type(`${line}\n`);
  await terminal.shows(shows, times);
}

/** Returns the foreground process group, from the kernel's data of the session leader. */
function foreground(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[5]);
}

const signals = (terminal: AtTerminal) => [...terminal.shown().matchAll(/got (SIG\w+)/g)].map(([, name]) => name);

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

  test("in a pipeline Ctrl-C and Ctrl-Z reach the job once", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(
      terminal,
      `${run(proxy, ...reportsSignals(2))} | sh -c 'trap "" INT TSTP; cat; echo the other'`,
      "ready in the background\n",
    );
    terminal.type(CTRL.c);
    await terminal.shows("got SIGINT\n");
    terminal.type(CTRL.z);
    await terminal.shows("\nthe other\n");
    expect(signals(terminal)).toEqual(["SIGINT", "SIGTSTP"]);
  });

  test("in a pipeline the job gets the terminal when it reads from it", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, `${run(proxy, "sh", "-c", "echo up; read line; echo read: $line; read line")} | cat`, "up\n");
    terminal.type("one\n");
    await terminal.shows("read: one\n");
    terminal.type(CTRL.z);
    await terminal.shows("Stopped");
    terminal.type("fg\n");
    await atFront(terminal);
    terminal.type(CTRL.c);
    await terminal.shows(PROMPT, 3);
    terminal.type("echo again\n");
    await terminal.shows("\nagain\n");
  });

  test("in a pipeline a job that changes the terminal gets it", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(terminal, `${run(proxy, "sh", "-c", "stty echo < /dev/tty; echo changed")} | cat`, "changed\n");
    await terminal.shows(PROMPT, 2);
    await does(terminal, "echo again", "again\n", 2);
  });

  test("in a pipeline Ctrl-Z reaches the other programs once, and run stops only itself", async () => {
    using proxy = standIn();
    using terminal = await shell();
    await does(
      terminal,
      `${run(proxy, "sh", "-c", "echo up >&2; exec sleep 1000")} | ${typedWords(reportsSignals(2))}`,
      "ready in the foreground\n",
    );
    await terminal.shows("up\n");
    const [wrapper = 0] = childrenOf(terminal.pid);
    terminal.type(CTRL.z);
    await terminal.shows("got SIGTSTP\n");
    await eventually(() => stateOf(wrapper) === "T", "run has stopped");
    process.kill(wrapper, "SIGCONT");
    process.kill(wrapper, "SIGTERM");
    await eventually(() => proxy.quits() === 1, "run ends");
    terminal.type(CTRL.c);
    await terminal.shows("got SIGINT\n");
    expect(signals(terminal)).toEqual(["SIGTSTP", "SIGINT"]);
  });

  test("in a script Ctrl-Z stops the script and the job, and fg resumes them", async () => {
    using proxy = standIn();
    using terminal = await shell();
    const script = run(proxy, "sh", "-c", "echo up; exec sleep 1000");
    terminal.type(`cat > /dev/null << 'END'\n${script}\nEND\n`);
    await does(terminal, `sh -c "$(cat << 'END'\n${script}\nEND\n); echo next"`, "up\n");
    const [shellOfScript = 0] = childrenOf(terminal.pid);
    const [wrapper = 0] = childrenOf(shellOfScript);
    const [child = 0] = childrenOf(wrapper);
    terminal.type(CTRL.z);
    await terminal.shows("Stopped");
    await eventually(() => stateOf(wrapper) === "T" && stateOf(child) === "T", "run and the job have stopped");
    terminal.type("fg\n");
    await eventually(() => stateOf(wrapper) === "S" && stateOf(child) === "S", "run and the job go on");
    terminal.type(CTRL.c);
    await terminal.shows(PROMPT, 3);
    await status(terminal, 130);
  });

  test("in a script Ctrl-C reaches the job once, and the script", async () => {
    using proxy = standIn();
    using terminal = await shell();
    const job = run(proxy, ...reportsSignals(1));
    terminal.type(`cat > /dev/null << 'END'\n${job}\nEND\n`);
    await does(terminal, `sh -c "trap 'echo script' INT; $(cat << 'END'\n${job}\nEND\n); echo next"`, "ready in the background\n");
    terminal.type(CTRL.c);
    await terminal.shows("\nnext\n");
    expect(signals(terminal)).toEqual(["SIGINT"]);
    expect(terminal.shown()).toContain("script\n");
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

  describe("without a shell, as with docker run -it", () => {
    const alone = (proxy: StandIn, ...job: readonly string[]) =>
      atTerminal([...subject.command, ...proxy.args, "--log_output_level=error", "--", ...job]);

    test("keys and signals reach the job once, and it has the terminal", async () => {
      using proxy = standIn();
      using terminal = alone(proxy, ...reportsSignals(4));
      await terminal.shows("ready in the foreground\n");
      for (const [key, signal] of [
        [CTRL.c, "SIGINT"],
        [CTRL.z, "SIGTSTP"],
      ]) {
        terminal.type(key ?? "");
        await terminal.shows(`got ${signal}\n`);
      }
      process.kill(terminal.pid, "SIGINT");
      await terminal.shows("got SIGINT\n", 2);
      process.kill(terminal.pid, "SIGQUIT");
      expect(await terminal.ended).toBe(7);
      expect(signals(terminal)).toEqual(["SIGINT", "SIGTSTP", "SIGINT", "SIGQUIT"]);
    });

    test("Ctrl-Z has no effect, as no shell could continue the job", async () => {
      using proxy = standIn();
      using terminal = alone(proxy, "sh", "-c", "echo up; while read line; do echo read: $line; done");
      await terminal.shows("up\n");
      terminal.type(CTRL.z);
      terminal.type("one\n");
      await terminal.shows("read: one\n");
      terminal.type(CTRL.d);
      expect(await terminal.ended).toBe(0);
    });

    test("a job that reads after one of its children had the terminal gets it back", async () => {
      using proxy = standIn();
      const program = [
        "import os, signal, sys",
        "child = os.fork()",
        "if child == 0: signal.pause()",
        "os.setpgid(child, child)",
        'os.tcsetpgrp(os.open("/dev/tty", os.O_RDWR), child)',
        'print("given", flush=True)',
        'print("read:", sys.stdin.readline(), flush=True)',
        "os.kill(child, 9)",
      ];
      using terminal = alone(proxy, "python3", "-c", program.join("\n"));
      await terminal.shows("given\n");
      terminal.type("one\n");
      await terminal.shows("read: one\n");
      expect(await terminal.ended).toBe(0);
    });

    test("a closed terminal ends the job and stops the proxy", async () => {
      using proxy = standIn();
      using terminal = alone(proxy, "sh", "-c", "echo up; exec sleep 1000");
      await terminal.shows("up\n");
      terminal.close();
      expect(await terminal.ended).toBe(129);
      expect(proxy.quits()).toBe(1);
    });
  });
});

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** Returns the state of a process as one letter, as in ps. */
function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] ?? "";
}

/** Resolves when the shell has reported the stop, which the kernel shows earlier; clears the output. */
async function listsAsStopped(terminal: AtTerminal, how: string): Promise<void> {
  await eventually(async () => {
    terminal.clear();
    terminal.type("jobs -l\n");
    await terminal.shows(PROMPT);
    return terminal.shown().includes(how);
  }, `the shell lists a job as ${how}`);
}

/** Resolves when the shell has given up the terminal, so that it does not read what is typed. */
async function atFront(terminal: AtTerminal): Promise<void> {
  await eventually(() => {
    const shells = [terminal.pid, ...childrenOf(terminal.pid)];
    return !shells.includes(foreground(terminal.pid));
  }, `the job is in the foreground: ${terminal.shown()}`);
}
