import { expect, test } from "bun:test";
import { join } from "node:path";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace, OFFLINE, writeResources } from "./support.ts";

test.each(SUBJECTS.map((subject) => [subject.name, subject] as const))(
  "%s answers while scrapes of a silent application would take all descriptors",
  async (_, subject) => {
    using place = newPlace();
    writeResources(place);
    const wrap = [
      ...OFFLINE,
      "sh",
      "-c",
      `ip link set lo up; "${process.execPath}" "${join(import.meta.dir, "fixtures/silent-scrapes.ts")}" >answers & ulimit -n 200; exec "$@"`,
      "sh",
    ];
    const env = {
      ...envoyIs("exits-on-term", { statusPort: 15_020, terminationDrainDuration: "1s" }),
      EXIT_CODE: "0",
      ISTIO_PROMETHEUS_ANNOTATIONS: '{"scrape":"true","path":"/metrics","port":"9090"}',
    };
    const { status } = await place.start(subject, ["proxy", "--xds", "file:."], { env, wrap }).ended;
    expect([status, place.read("answers")]).toEqual([0, "503 503\n"]);
  },
);
