import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BINARY, SUBJECTS } from "../support/subject.ts";
import { childOf, envoyIs, eventually, fixture, IS_ROOT, newPlace } from "./support.ts";

/** Returns whether a process runs; a zombie does not. */
function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.startsWith("Z") === false;
  } catch {
    return false;
  }
}

/** Returns whether Envoy's socket has the descriptor that kills it. */
function isTied(pid: number): boolean {
  return /^scm_fds:\s*1$/m.test(readFileSync(`/proc/${pid}/fdinfo/3`, "utf8"));
}

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test.each(["SIGKILL", "SIGSEGV", "SIGSYS"] as const)(
    "an agent killed by %s takes Envoy with it, even one that ignores every signal it can",
    async (signal) => {
      using place = newPlace();
      const running = place.start(subject, ["proxy"], { env: envoyIs("ignores-term") });
      await running.said("ready\n");
      const envoy = childOf(running.pid);
      await eventually(() => isTied(envoy), "Envoy is tied to the agent");
      process.kill(running.pid, signal);
      await eventually(() => !runs(envoy), `Envoy ${envoy} is gone`);
    },
  );

  test("an Envoy that exits before its parent-death signal is set is no warning", async () => {
    using place = newPlace();
    const ended = await Promise.all([1, 2, 3, 4].map(() => place.run(subject, ["proxy"], { env: envoyIs("touches-marker") })));
    expect(ended.filter(({ stderr }) => stderr.includes("Cannot tie"))).toEqual([]);
  });

  test("a running agent keeps Envoy running", async () => {
    using place = newPlace();
    const running = place.start(subject, ["proxy"], { env: envoyIs("counts-terms") });
    await running.said("ready\n");
    const envoy = childOf(running.pid);
    await eventually(() => isTied(envoy), "Envoy is tied to the agent");
    running.signal("SIGTERM");
    await running.said("caught TERM\n");
    expect(runs(envoy)).toBe(true);
    place.write("go", "");
    expect((await running.ended).status).toBe(0);
  });

  // Only root can change the user of a program.
  test.skipIf(!IS_ROOT)("an Envoy of another user ends as well", async () => {
    using place = newPlace();
    place.write("envoy", "#!/bin/sh\nid -u >&2\necho ready >&2\nexec sleep 60\n", 0o755);
    const env = { PROXY_CONFIG: JSON.stringify({ binaryPath: place.path("envoy") }), DNS_PROXY_ADDR: "127.0.0.1:53" };
    const running = place.start(subject, ["proxy"], { env });
    // The agent's own lines may be between the two.
    await running.said("1337\n");
    await running.said("ready\n");
    const envoy = childOf(running.pid);
    await eventually(() => isTied(envoy), "Envoy is tied to the agent");
    process.kill(running.pid, "SIGKILL");
    await eventually(() => !runs(envoy), `Envoy ${envoy} is gone`);
  });
});

test("as PID 1, Envoy gets no descriptor, because the kernel kills all processes with the agent", async () => {
  using place = newPlace();
  const asInit = ["unshare", ...(IS_ROOT ? [] : ["-r"]), "--pid", "--fork", "--mount-proc"];
  const env = { PROXY_CONFIG: JSON.stringify({ binaryPath: fixture("shows-itself") }) };
  const { status } = await place.run(BINARY, ["proxy"], { env, wrap: asInit });
  expect(status).toBe(0);
  expect(place.read("shown").match(/^Descriptor \d+/gm)).toEqual(["Descriptor 0", "Descriptor 1", "Descriptor 2"]);
});
