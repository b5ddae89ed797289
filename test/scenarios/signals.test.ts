import { describe, expect, test } from "bun:test";
import { STRAY_SIGNALS } from "../../src/linux/signals.ts";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, holdStart, newPlace, type Running, textsOf } from "./support.ts";

const NO_RELOAD = "Ignoring SIGHUP: hot restart is disabled";

async function stopped(running: Running): Promise<number | null> {
  running.signal("SIGTERM");
  return (await running.ended).status;
}

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test("unused signals are reported once each and otherwise ignored", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("counts-terms") });
    await running.said("ready\n");
    await running.said("Opening status port");
    for (const signal of [...STRAY_SIGNALS, ...STRAY_SIGNALS]) process.kill(running.pid, signal);
    for (const signal of STRAY_SIGNALS) await running.said(`Ignoring ${signal},`);
    place.write("go", "");
    const { status, stderr } = await running.ended;
    expect(status).toBe(0);
    expect(textsOf("warn", stderr).filter((text) => text.startsWith("Ignoring SIG"))).toHaveLength(STRAY_SIGNALS.length);
  });

  test("signals that the runtime cannot handle do not end the agent", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("counts-terms") });
    await running.said("ready\n");
    await running.said("Opening status port");
    for (const signal of [16, 30, 34, 50, 64]) Bun.spawnSync(["kill", `-${signal}`, String(running.pid)]);
    process.kill(running.pid, "SIGUSR2");
    await running.said("Ignoring SIGUSR2,");
    place.write("go", "");
    expect((await running.ended).status).toBe(0);
  });

  test("Envoy does not inherit ignored signals", async () => {
    using place = newPlace();
    const wrap = ["sh", "-c", "trap '' HUP QUIT USR1 USR2 PIPE TSTP; exec \"$@\"", "sh"];
    expect((await place.run(subject, ["proxy"], { env: envoyIs("shows-itself"), wrap })).status).toBe(0);
    expect(place.read("shown")).toMatch(/^SigIgn:\t0+$/m);
    expect(place.read("shown")).toMatch(/^SigBlk:\t0+$/m);
  });

  test("signals before Envoy's start are neither fatal nor lost", async () => {
    using place = newPlace();
    const release = holdStart(place);
    const running = place.start(subject, ["proxy"], { env: envoyIs("prints-usr1") });
    await running.said("profile istio-1.30");
    for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPROF"] as const) process.kill(running.pid, signal);
    await release();
    await running.said(NO_RELOAD);
    await running.said("Ignoring SIGUSR2,");
    await running.said("Ignoring SIGPROF,");
    await running.said("caught USR1\n");
    expect(await stopped(running)).toBe(0);
  });

  test("signals right after Envoy's start are neither fatal nor lost", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("signals-its-parent") });
    await running.said(NO_RELOAD);
    await running.said("Ignoring SIGUSR2,");
    await running.said("caught USR1\n");
    expect(await stopped(running)).toBe(0);
  });

  test("SIGQUIT stops the agent", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("dies-of-term") });
    await running.said("ready\n");
    process.kill(running.pid, "SIGQUIT");
    expect((await running.ended).status).toBe(0);
    expect(running.stderr()).toContain("Received SIGQUIT, stopping Envoy");
  });

  test("SIGQUIT before Envoy's start stops the agent", async () => {
    using place = newPlace();
    const release = holdStart(place);
    const early = place.start(subject, ["proxy"], { env: envoyIs("touches-marker") });
    await early.said("profile istio-1.30");
    process.kill(early.pid, "SIGQUIT");
    await release();
    expect([(await early.ended).status, place.has("marker")]).toEqual([0, false]);
  });

  test("SIGUSR1 is delayed until Envoy handles it, as it would kill Envoy before", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("takes-usr1-late") });
    await running.said("started\n");
    await running.said("Opening status port");
    for (let count = 0; count < 3; count++) process.kill(running.pid, "SIGUSR1");
    process.kill(running.pid, "SIGUSR2");
    await running.said("Ignoring SIGUSR2,");
    place.write("now", "");
    await running.said("caught USR1\n");
    expect(await stopped(running)).toBe(0);
  });

  test("signals that were ignored when the agent was started stay ignored", async () => {
    using place = newPlace();
    const wrap = ["sh", "-c", "trap '' QUIT USR2 TSTP; exec \"$@\"", "sh"];
    const running = place.start(subject, ["proxy"], { env: envoyIs("counts-terms"), wrap });
    await running.said("ready\n");
    await running.said("Opening status port");
    for (const signal of ["SIGQUIT", "SIGUSR2", "SIGTSTP", "SIGALRM"] as const) process.kill(running.pid, signal);
    await running.said("Ignoring SIGALRM,");
    place.write("go", "");
    const { status, stderr } = await running.ended;
    expect([status, stderr.match(/QUIT|USR2/)]).toEqual([0, null]);
  });

  test("SIGTSTP has no effect if no shell could continue the agent", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("prints-signals"), wrap: ["setsid"] });
    await running.said("ready\n");
    await running.said("Opening status port");
    process.kill(running.pid, "SIGTSTP");
    await running.said("caught 18\n");
    place.write("go", "");
    expect((await running.ended).status).toBe(0);
  });
});
