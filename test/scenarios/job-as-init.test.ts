import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { signalNumber } from "../../src/linux/signals.ts";
import { SUBJECTS } from "../support/subject.ts";
import { APART, AS_INIT, got, makesOrphans, reportsSignals, standIn } from "./job-support.ts";
import { childOf, eventually, newPlace } from "./support.ts";

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s as PID 1", (_, subject) => {
  const reports = (count: number) => ["--", ...reportsSignals(count)];

  test.each(["SIGTERM", "SIGQUIT", "SIGUSR1", "SIGWINCH"] as const)("%s reaches the job", async (signal) => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, ...reports(1)], { wrap: [...APART, ...AS_INIT] });
    await eventually(() => running.stdout().includes("ready"), "the job is ready");
    process.kill(childOf(running.pid), signal);
    const { status, stdout } = await running.ended;
    expect([status, got(stdout), proxy.quits()]).toEqual([7, [`got ${signal}`], 1]);
  });

  test("SIGTSTP and SIGCONT reach the job", async () => {
    using place = newPlace();
    using proxy = standIn();
    const running = place.start(subject, [...proxy.args, "--", "sleep", "1000"], { wrap: [...APART, ...AS_INIT] });
    await running.said("ready!");
    const run = childOf(running.pid);
    await eventually(() => childOf(run) > 0, "the job runs");
    const job = childOf(run);
    const is = (state: string) => readFileSync(`/proc/${job}/stat`, "utf8").split(") ")[1]?.startsWith(state) ?? false;
    await eventually(() => is("S"), "the job sleeps");
    process.kill(run, "SIGTSTP");
    await eventually(() => is("T"), "the job is stopped");
    process.kill(run, "SIGCONT");
    await eventually(() => is("S"), "the job goes on");
    process.kill(run, "SIGTERM");
    expect((await running.ended).status).toBe(143);
  });

  test("a stop during the wait stops the proxy without starting the job", async () => {
    using place = newPlace();
    using proxy = standIn();
    proxy.ready = false;
    const running = place.start(subject, [...proxy.args, "--", "touch", "started"], { wrap: [...APART, ...AS_INIT] });
    await running.said("Waiting:");
    process.kill(childOf(running.pid), "SIGTERM");
    const { status } = await running.ended;
    expect([status, proxy.quits(), place.has("started")]).toEqual([143, 1, false]);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)(
    "%s ends wait too, although the kernel ignores default actions for PID 1",
    async (signal) => {
      using place = newPlace();
      using proxy = standIn();
      proxy.ready = false;
      const args = ["wait", ...proxy.args.filter((word) => /^--(url|periodMillis)=/.test(word))];
      const running = place.start(subject, args, { wrap: [...APART, ...AS_INIT] });
      await running.said("Waiting:");
      process.kill(childOf(running.pid), signal);
      expect((await running.ended).status).toBe(128 + signalNumber(signal));
    },
  );

  test("orphans are reaped, and not confused with the job", async () => {
    using place = newPlace();
    using proxy = standIn();
    const { status } = await place.run(subject, [...proxy.args, "--", ...makesOrphans(500)], { wrap: AS_INIT });
    expect(status).toBe(5);
  });
});
