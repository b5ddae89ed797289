import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../support/subject.ts";
import { envoyIs, newPlace, OFFLINE } from "./support.ts";

/** Whether a POST to /quitquitquit drains Envoy, by release (contract 1.6 §11, 1.30 §9.5). */
const RELEASES = [
  ["istio-1.6", true],
  ["istio-1.30", false],
] as const;

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test.each(RELEASES)("/quitquitquit of %s drains: %p", async (profile, drains) => {
    using place = newPlace();
    // The client runs in the agent's network namespace.
    place.write("ask", "for time in $(seq 500); do curl -sf -X POST http://127.0.0.1:15020/quitquitquit && break; sleep 0.02; done\n");
    const wrap = [...OFFLINE, "sh", "-c", 'ip link set lo up; sh ask & exec "$@"', "sh"];
    const config = { statusPort: 15_020, terminationDrainDuration: "1s", discoveryAddress: "localhost:15010" };
    const env = { ...envoyIs("exits-on-term", config), EXIT_CODE: "0" };
    const running = place.start(subject, ["proxy"], {
      env: { ...env, ATTACHE_PROFILE: profile, TERMINATION_DRAIN_DURATION_SECONDS: "1" },
      wrap,
    });
    await running.said("Received /quitquitquit, stopping Envoy");
    const { status, stderr } = await running.ended;
    expect([status, stderr.includes("Draining Envoy")]).toEqual([0, drains]);
  });
});
