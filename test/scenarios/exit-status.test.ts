import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { BINARY, SUBJECTS, type Subject } from "../support/subject.ts";
import { envoyIs, fixture, holdStart, newPlace, type Options, textsOf } from "./support.ts";

const SIGNALS = [
  ["TERM", 143],
  ["KILL", 137],
  ["SEGV", 139],
  ["ABRT", 134],
  ["34", 162],
] as const;

/** How an Envoy reacts to a requested stop, and the exit status of the agent. */
const STOPS = [
  ["exits with 0", "exits-on-term", "0", 0],
  ["dies of SIGTERM", "dies-of-term", "", 0],
  ["exits with 3", "exits-on-term", "3", 3],
  ["crashes", "crashes-on-term", "", 139],
] as const;

const NOT_STARTED = [
  ["is missing", { binaryPath: "./none" }, 127, "no such file or directory"],
  ["is missing in PATH", { binaryPath: "no-such-envoy" }, 127, "searched on PATH"],
  ["is not executable", { binaryPath: "./plain" }, 126, "permission denied"],
  ["is a directory", { binaryPath: "./var" }, 126, "it is a directory"],
  ["is a script without its interpreter", { binaryPath: "./orphan" }, 126, 'its interpreter "/no/such/interpreter" does not exist'],
  ["is a text", { binaryPath: "./text" }, 126, "it is a text file without #! in its first line"],
  ["is empty", { binaryPath: "./empty" }, 126, "the file is empty"],
  ["is not a program", { binaryPath: "./garbage" }, 126, "it is not a program"],
  ["is made for another machine", { binaryPath: "./foreign" }, 126, "it is a program for s390x, but this machine is "],
  ["lacks its loader", { binaryPath: "./unloaded" }, 126, "/no-linux-"],
] as const;

describe.each([...SUBJECTS])("exit status of $name", (subject) => {
  test.each([0, 1, 7, 70, 126, 127, 137, 255])("is Envoy's code %d", async (code) => {
    expect(await statusOf(subject, { env: { ...envoyIs("exits"), EXIT_CODE: String(code) } })).toBe(code);
  });

  test.each(SIGNALS)("after Envoy is terminated by signal %s is %d", async (signal, status) => {
    expect(await statusOf(subject, { env: { ...envoyIs("dies-of-signal"), SIGNAL: signal } })).toBe(status);
  });

  describe.each(["SIGTERM", "SIGINT"] as const)("after %s", (signal) => {
    test.each(STOPS)("when Envoy %s", async (_, program, code, status) => {
      expect(await statusAfter(signal, subject, { env: { ...envoyIs(program), EXIT_CODE: code } })).toBe(status);
    });
  });

  test("a second SIGTERM changes nothing", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("counts-terms") });
    await running.said("ready\n");
    running.signal("SIGTERM");
    await running.said("caught TERM\n");
    running.signal("SIGTERM");
    await running.said("Received SIGTERM", 2);
    place.write("go", "");
    const { status, stderr } = await running.ended;
    expect({ status, caught: stderr.split("caught TERM\n").length - 1 }).toEqual({ status: 0, caught: 1 });
  });

  test("is 0 for a stop before Envoy was started", async () => {
    using place = newPlace();
    const release = holdStart(place);
    const running = place.start(subject, ["proxy"], { env: envoyIs("dies-of-term") });
    await running.said("profile istio-1.30"); // now it waits for somebody to write to the mesh config
    running.signal("SIGTERM");
    await release();
    expect((await running.ended).status).toBe(0);
  });

  test.each(NOT_STARTED)("of an Envoy that %s", async (_, config, status, reason) => {
    using place = newPlace();
    writePrograms(place);
    const ended = await place.run(subject, ["proxy"], { env: { PROXY_CONFIG: JSON.stringify(config) } });
    expect(ended.status).toBe(status);
    const errors = textsOf("error", ended.stderr);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`"${config.binaryPath}"`);
    expect(errors[0]).toContain(reason);
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(false);
  });

  test("a name without a slash is searched on PATH", async () => {
    const path = `${dirname(fixture("exits"))}:${process.env["PATH"]}`;
    expect(await statusOf(subject, { env: { PATH: path, PROXY_CONFIG: '{"binaryPath":"exits.sh"}', EXIT_CODE: "7" } })).toBe(7);
  });
});

describe.each([...SUBJECTS])("--exit-status istio of $name is 0", (subject) => {
  test.each(["0", "1", "7", "137", "255"])("for Envoy's code %s", async (code) => {
    expect(await statusOf(subject, { env: { ...envoyIs("exits"), EXIT_CODE: code } }, ["--exit-status", "istio"])).toBe(0);
  });

  test.each(SIGNALS)("for an Envoy terminated by signal %s", async (signal) => {
    expect(await statusOf(subject, { env: { ...envoyIs("dies-of-signal"), SIGNAL: signal } }, ["--exit-status=istio"])).toBe(0);
  });

  test.each(STOPS)("after SIGTERM when Envoy %s", async (_, program, code) => {
    const env = { ...envoyIs(program), EXIT_CODE: code, ATTACHE_EXIT_STATUS: "istio" };
    expect(await statusAfter("SIGTERM", subject, { env })).toBe(0);
  });

  test.each(NOT_STARTED)("when Envoy %s", async (_, config) => {
    using place = newPlace();
    writePrograms(place);
    const env = { PROXY_CONFIG: JSON.stringify(config), ATTACHE_EXIT_STATUS: "istio" };
    expect((await place.run(subject, ["proxy"], { env })).status).toBe(0);
  });

  test("but not for a refused start", async () => {
    expect(await statusOf(subject, {}, ["banana", "--exit-status", "istio"])).toBe(255);
  });
});

test.each(SUBJECTS)("$name: an Envoy that ignores SIGTERM is killed after --stop-timeout, with exit status 0", async (subject) => {
  using place = newPlace();
  const running = place.start(subject, ["proxy", "--stop-timeout", "0.3"], { env: envoyIs("ignores-term") });
  await running.said("ready\n");
  const asked = performance.now();
  running.signal("SIGTERM");
  const { status, stderr } = await running.ended;
  expect(status).toBe(0);
  expect(performance.now() - asked).toBeGreaterThan(290);
  expect(textsOf("warn", stderr)).toContain("Envoy has not stopped within 0.3 s (--stop-timeout), killing it");
});

async function statusOf(subject: Subject, options: Options, args: readonly string[] = []): Promise<number | null> {
  using place = newPlace();
  return (await place.run(subject, ["proxy", ...args], options)).status;
}

async function statusAfter(signal: "SIGTERM" | "SIGINT", subject: Subject, options: Options): Promise<number | null> {
  using place = newPlace();
  const running = place.start(subject, ["proxy"], options);
  await running.said("ready\n");
  running.signal(signal);
  return (await running.ended).status;
}

function writePrograms(place: ReturnType<typeof newPlace>): void {
  place.write("plain", "#!/bin/sh\n");
  place.write("orphan", "#!/no/such/interpreter\n", 0o755);
  place.write("text", "no program\n", 0o755);
  place.write("empty", "", 0o755);
  place.write("garbage", "\0 no program\n", 0o755);
  // The header of a 64-bit, big-endian ELF file for machine 22.
  place.write("foreign", `\x7fELF\x02\x02\x01${"\0".repeat(10)}\x02\0\x16${"\0".repeat(60)}`, 0o755);
  writeFileSync(place.path("unloaded"), readFileSync("/bin/true", "latin1").replace("/ld-", "/no-"), { mode: 0o755, encoding: "latin1" });
}

/** Signals that do not terminate a process: they stop it, continue it, or are ignored by default. */
const HARMLESS = [17, 18, 19, 20, 21, 22, 23, 28, 32, 33];

test("the binary's exit status is Envoy's own for every code, and 128 + signal for every signal", async () => {
  using place = newPlace();
  const codes = Array.from({ length: 256 }, (_, code) => ({ env: { ...envoyIs("exits"), EXIT_CODE: String(code) }, wanted: code }));
  const signals = Array.from({ length: 64 }, (_, index) => index + 1)
    .filter((signal) => !HARMLESS.includes(signal))
    .map((signal) => ({ env: { ...envoyIs("dies-of-signal"), SIGNAL: String(signal) }, wanted: 128 + signal }));
  const waiting = [...codes, ...signals];
  const wrong: string[] = [];
  const work = async () => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      const { status } = await place.run(BINARY, ["proxy"], { env: each.env });
      if (status !== each.wanted) wrong.push(`${JSON.stringify(each)}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  expect(wrong).toEqual([]);
}, 300_000);
