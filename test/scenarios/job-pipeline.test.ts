import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../support/subject.ts";
import { type AtTerminal, CTRL } from "../support/terminal.ts";
import { atFront, childrenOf, does, PROMPT, shell, signals, stateOf } from "./job-shell.ts";
import { reportsSignals, type StandIn, standIn, typed, typedWords } from "./job-support.ts";
import { eventually } from "./support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  const run = ({ args }: StandIn, ...job: readonly string[]) => typed(subject, [...args, "--log_output_level=error", "--", ...job]);
  const status = (terminal: AtTerminal, expected: number) => does(terminal, "echo status $?", `status ${expected}\n`);

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
});
