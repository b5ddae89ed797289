import { describe, expect, test } from "bun:test";
import { chmodSync, statSync } from "node:fs";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace, textsOf } from "./support.ts";

const FILE = "etc/istio/proxy/envoy-rev.json";
const REPLACED = `Replacing "${FILE}", which belongs to another running agent: set a different configPath for each agent`;

describe.each([...SUBJECTS])("two agents of $name in one directory", (subject) => {
  test("the second warns that it replaces the first one's file; the first does not remove it at its exit", async () => {
    using place = newPlace();
    const first = place.start(subject, ["proxy"], { env: envoyIs("dies-of-term") });
    await first.said("ready\n");
    const second = place.start(subject, ["proxy"], { env: envoyIs("dies-of-term") });
    await second.said("ready\n");
    const { ino } = statSync(place.path(FILE));
    first.signal("SIGTERM");
    expect((await first.ended).status).toBe(0);
    expect(statSync(place.path(FILE)).ino).toBe(ino);
    second.signal("SIGTERM");
    const ended = await second.ended;
    expect([ended.status, place.has(FILE)]).toEqual([0, false]);
    expect(textsOf("warn", ended.stderr).filter((text) => text.startsWith("Replacing"))).toEqual([REPLACED]);
    expect(first.stderr()).not.toContain("Replacing");
  });

  test("the file of a killed agent is replaced without a warning", async () => {
    using place = newPlace();
    const killed = place.start(subject, ["proxy"], { env: envoyIs("dies-of-term") });
    // By then, Envoy exits with the agent.
    await killed.said("Opening status port");
    await killed.said("ready\n");
    process.kill(killed.pid, "SIGKILL");
    await killed.ended;
    expect(place.has(FILE)).toBe(true);
    chmodSync(place.path(FILE), 0o400);
    const next = await place.run(subject, ["proxy"], { env: { ...envoyIs("exits"), EXIT_CODE: "0" } });
    expect([next.status, place.has(FILE)]).toEqual([0, false]);
    expect(next.stderr).not.toContain("Replacing");
  });
});
