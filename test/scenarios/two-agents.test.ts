import { describe, expect, test } from "bun:test";
import { chmodSync, statSync } from "node:fs";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace, textsOf } from "./support.ts";

const FILE = "etc/istio/proxy/envoy-rev.json";
const REPLACED = `Replacing "${FILE}", which belongs to another running agent: set a different configPath for each agent`;

describe.each([...SUBJECTS])("two agents of $name in one directory", (subject) => {
  test("the second says that it replaces the file of the first, which leaves that alone when it ends", async () => {
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

  test("a file that a killed agent has left is replaced without a word", async () => {
    using place = newPlace();
    const killed = place.start(subject, ["proxy"], { env: envoyIs("dies-of-term") });
    // By then Envoy ends with the agent.
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
