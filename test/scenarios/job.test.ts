import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { signalNumber } from "../../src/linux/signals.ts";
import { isTerminating, JOB_SIGNALS } from "../../src/supervisor/job-signals.ts";
import { SUBJECTS } from "../support/subject.ts";
import { APART, got, makesOrphans, reportsInGroup, reportsSignals, standIn } from "./job-support.ts";
import { childOf, ENVIRONMENT, eventually, newPlace, textsOf } from "./support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test.each(JOB_SIGNALS)("%s reaches the job once, and the job's exit stops the proxy", async (signal) => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, "--", ...reportsSignals(1)], { wrap: APART });
    await eventually(() => running.stdout().includes("ready in no terminal\n"), "the job is ready");
    process.kill(running.pid, signal);
    const { status, stdout, stderr } = await running.ended;
    expect([status, got(stdout), proxy.quits()]).toEqual([7, [`got ${signal}`], 1]);
    expect(textsOf("warn", stderr)).toEqual([]);
  });

  test("without a terminal every signal goes to the job alone", async () => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, "--", ...reportsInGroup(1)], { wrap: APART });
    await eventually(() => running.stdout().split("ready in no terminal\n").length === 3, "all of the job is ready");
    for (const signal of ["SIGINT", "SIGHUP", "SIGUSR1"] as const) process.kill(running.pid, signal);
    await eventually(() => running.stdout().includes("alone USR1\n"), "the job has got the last one");
    expect(got(running.stdout())).toEqual([]);
    process.kill(-childOf(running.pid), "SIGTERM");
    expect((await running.ended).status).toBe(143);
  });

  test("a second SIGTERM is passed on", async () => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, "--", ...reportsSignals(2)], { wrap: APART });
    for (const count of [0, 1]) {
      await eventually(() => running.stdout().includes("ready") && got(running.stdout()).length === count, `${count} signals`);
      process.kill(running.pid, "SIGTERM");
    }
    const { status, stdout } = await running.ended;
    expect([status, got(stdout)]).toEqual([7, ["got SIGTERM", "got SIGTERM"]]);
  });

  test.each([...JOB_SIGNALS.filter(isTerminating), "SIGWINCH"] as const)(
    "%s during the wait stops the proxy without starting the job",
    async (signal) => {
      using place = newPlace();
      using proxy = standIn();
      proxy.ready = false;
      const running = place.start(subject, [...proxy.args, "--", "touch", "started"], { wrap: APART });
      await running.said("Waiting:");
      process.kill(running.pid, signal);
      const { status, stderr } = await running.ended;
      expect([status, proxy.quits(), place.has("started")]).toEqual([128 + signalNumber(signal), 1, false]);
      expect(textsOf("info", stderr).at(-1)).toBe(`Received ${signal} while waiting for the proxy: the job is not started`);
    },
  );

  test("signals that do not terminate a program do not end the wait", async () => {
    using place = newPlace();
    using proxy = standIn();
    proxy.ready = false;
    const running = place.start(subject, [...proxy.args, "--", "true"], { wrap: APART });
    await running.said("Waiting:");
    // The kernel does not stop a process that no shell could continue.
    for (const signal of ["SIGCONT", "SIGURG", "SIGTSTP", "SIGTTIN", "SIGTTOU"] as const) process.kill(running.pid, signal);
    const before = proxy.asked();
    await eventually(() => proxy.asked() > before + 2, "the wait goes on");
    proxy.ready = true;
    expect((await running.ended).status).toBe(0);
  });

  test.each([
    [["sh", "-c", "exit 0"], 0],
    [["sh", "-c", "exit 3"], 3],
    [["sh", "-c", "exit 255"], 255],
    [["sh", "-c", "kill -TERM $$"], 143],
    [["sh", "-c", "kill -KILL $$"], 137],
    [["sh", "-c", "kill -SEGV $$"], 139],
    [["python3", "-c", "import os; os.kill(os.getpid(), 34)"], 162],
  ])("%j ends with %p", async (args, expected) => {
    using place = newPlace();
    using proxy = standIn();
    const { status } = await place.run(subject, [...proxy.args, "--", ...args]);
    expect([status, proxy.quits()]).toEqual([expected, 1]);
  });

  test.each([
    ["missing", 127, "no such file or directory"],
    ["./missing", 127, "no such file or directory"],
    ["", 127, "no such file or directory"],
    ["./plain", 126, "permission denied"],
    ["./text", 126, "it is a text file without #! in its first line"],
    ["./orphan", 126, 'its interpreter "/no/interpreter" does not exist'],
    [".", 126, "it is a directory"],
  ])("%j cannot be run: %p", async (command, expected, reason) => {
    using place = newPlace();
    using proxy = standIn();
    place.write("plain", "", 0o644);
    place.write("text", "echo\n", 0o755);
    place.write("orphan", "#!/no/interpreter\n", 0o755);
    const { status, stderr } = await place.run(subject, [...proxy.args, "--", command]);
    expect([status, textsOf("error", stderr), proxy.quits()]).toEqual([expected, [`Cannot run "${command}": ${reason}`], 1]);
    const kept = await place.run(subject, [...proxy.args, "--quit=on-success", "--", command]);
    expect([kept.status, proxy.quits()]).toEqual([expected, 1]);
  });

  test("a proxy that cannot be stopped is one warning, and the job's exit status is kept", async () => {
    using place = newPlace();
    using proxy = standIn();
    const args = [...proxy.args, "--quit-url=http://127.0.0.1:1/quit", "--", "sh", "-c", "exit 3"];
    const { status, stderr } = await place.run(subject, args);
    expect([status, textsOf("warn", stderr)]).toEqual([3, ["Cannot stop the proxy at http://127.0.0.1:1/quit: connection refused"]]);
  });

  test("except for its own process group, the job runs as if started directly: environment, signals, descriptors", async () => {
    using place = newPlace();
    using proxy = standIn();
    const script = [
      'printf "group %s\\n" $(($(ps -o pgid= -p $$) - $$))',
      'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status',
      "ls /proc/self/fd | wc -l",
      "od -An -c -v < /proc/$$/environ",
    ].join("; ");
    const wrap = ["sh", "-c", 'trap "" HUP; ODD=$(printf "a\\377b") exec "$@"', "sh"];
    const job = ["sh", "-c", script];
    const { stdout } = await place.run(subject, [...proxy.args, "--", ...job], { wrap });
    const plain = Bun.spawnSync([...wrap, ...job], { cwd: place.directory, env: { ...ENVIRONMENT }, stdin: "ignore" }).stdout.toString();
    expect(stdout.split("\n").slice(1)).toEqual(plain.split("\n").slice(1));
    expect(stdout.split("\n")[0]).toBe("group 0");
    expect(stdout).toContain("SigIgn:\t0000000000000001");
    expect(stdout).toContain("377");
  });

  test("signals ignored by nohup do not end the wait", async () => {
    using place = newPlace();
    using proxy = standIn();
    proxy.ready = false;
    const wrap = [...APART, "sh", "-c", 'trap "" HUP; exec "$@"', "sh"];
    const running = place.start(subject, [...proxy.args, "--", ...reportsSignals(2)], { wrap });
    await running.said("Waiting:");
    process.kill(running.pid, "SIGHUP");
    const before = proxy.asked();
    await eventually(() => proxy.asked() > before + 2, "the wait goes on");
    proxy.ready = true;
    await eventually(() => running.stdout().includes("ready"), "the job is ready");
    process.kill(running.pid, "SIGHUP");
    await eventually(() => running.stdout().includes("got SIGHUP"), "a job that wants it gets it");
    process.kill(running.pid, "SIGTERM");
    expect((await running.ended).status).toBe(7);
  });

  test("SIGTSTP and SIGCONT reach a job without a terminal", async () => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, "--", "sleep", "1000"], { wrap: APART });
    await running.said("ready!");
    await eventually(() => childOf(running.pid) > 0, "the job runs");
    const job = childOf(running.pid);
    const is = (state: string) => readFileSync(`/proc/${job}/stat`, "utf8").split(") ")[1]?.startsWith(state) ?? false;
    await eventually(() => is("S"), "the job sleeps");
    process.kill(running.pid, "SIGTSTP");
    await eventually(() => is("T"), "the job is stopped");
    process.kill(running.pid, "SIGCONT");
    await eventually(() => is("S"), "the job goes on");
    process.kill(running.pid, "SIGTERM");
    expect((await running.ended).status).toBe(143);
  });

  test("run is idle while the job runs", async () => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, "--", ...reportsSignals(1)], { wrap: APART });
    await eventually(() => running.stdout().includes("ready"), "the job is ready");
    const state = () => readFileSync(`/proc/${running.pid}/stat`, "utf8").split(") ")[1]?.[0];
    await eventually(() => state() === "S", "run sleeps");
    process.kill(running.pid, "SIGTERM");
    await running.ended;
  });

  test("orphans that run gets are reaped although another process is PID 1", async () => {
    using place = newPlace();
    using proxy = standIn();
    const becomeSubreaper = "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1); os.execvp(sys.argv[1], sys.argv[1:])";
    const { status, stderr } = await place.run(subject, [...proxy.args, "--", ...makesOrphans(100)], {
      wrap: ["python3", "-c", becomeSubreaper],
    });
    expect([status, textsOf("warn", stderr)]).toEqual([5, []]);
  });

  test("without the runtime's JIT, which a process group requires, run is refused with the reason", async () => {
    using place = newPlace();
    using proxy = standIn();
    const { status, stderr } = await place.run(subject, [...proxy.args, "--", "true"], { env: { BUN_JSC_useJIT: "0" } });
    expect([status, proxy.asked(), textsOf("error", stderr)]).toEqual([
      255,
      0,
      [expect.stringMatching(/^Cannot run a job:\s.*the C library cannot be called/)],
    ]);
  });
});
