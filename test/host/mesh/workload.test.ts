import { expect, test } from "bun:test";
import { CaError } from "../../../src/host/mesh/ca-client.ts";
import { MACHINE_CLOCKS } from "../../../src/host/mesh/clocks.ts";
import { openWorkload } from "../../../src/host/mesh/workload.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import { openWaits } from "../../../src/mesh/silence.ts";
import { caPlan, outcome } from "./store-of.ts";

const PROBLEM = "address ca: missing port in address";

test.each([
  ["an address to which no connection is made, which the start has warned of", `CA "ca": UNAVAILABLE: ${PROBLEM}`, []],
  ["anything else", "no key", ["warn Cannot get a certificate, trying again: no key"]],
])("a CA with an invalid address: a warning about %s", async (_, problem, warnings) => {
  const plan = caPlan(0);
  const logged: string[] = [];
  const workload = openWorkload({
    ca: {
      plan: { ...plan, endpoint: { ...plan.endpoint, host: "ca", problem: PROBLEM } },
      client: { sign: async () => [], close() {} },
      newKey: async () => {
        throw new CaError("cause", problem);
      },
    },
    withoutCa: async () => "",
    waits: openWaits(),
    changed() {},
    counts: startCounts(),
    log: (level, text) => void logged.push(`${level} ${text}`),
    clocks: MACHINE_CLOCKS,
  });
  expect(await outcome(workload.get("default"))).toBe("failed to generate workload certificate: cause");
  expect(workload.reason()).toBe(problem);
  expect(logged).toEqual(warnings);
  workload.close();
});
