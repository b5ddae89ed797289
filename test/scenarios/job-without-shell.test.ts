import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../support/subject.ts";
import { atTerminal, CTRL } from "../support/terminal.ts";
import { signals } from "./job-shell.ts";
import { reportsSignals, type StandIn, standIn } from "./job-support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s without a shell, as with docker run -it", (_, subject) => {
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
