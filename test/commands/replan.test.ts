import { expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { unchangedParts } from "../../src/launch/compare-plans.ts";
import type { AgentPlan, Plan } from "../../src/launch/plan.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

const FOREIGN = "./var/run/secrets/workload-spiffe-uds/socket";

/** Starts an agent in a mesh that serves its sockets, and plans again as a hot restart does. Returns both plans of the agent. */
async function planTwice(others: readonly string[]): Promise<readonly [first: AgentPlan, second: AgentPlan]> {
  const sockets = [...others];
  const env = { POD_NAME: "p", POD_NAMESPACE: "ns" };
  const files = { "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };
  const { host } = fakeHost({ name: "", profile: "istio-1.30", args: [], expect: { launched: true, exit: 0 }, env, files, sockets });
  const plans: Plan[] = [];
  const serving = {
    ...host,
    openMeshSockets: (paths: object) => {
      sockets.push(...Object.values(paths));
      return { sockets: {} };
    },
    openEffects: async (context: Parameters<typeof host.openEffects>[0]) => {
      plans.push(context.plan, await context.replan());
      return host.openEffects(context);
    },
  };
  await run(["proxy", "sidecar", "--profile", "istio-1.30"], "attache", serving);
  const [first, second] = plans;
  if (first === undefined || second === undefined) throw new Error("not planned twice");
  return [first.agent, second.agent];
}

test.each([
  ["its own sockets are not those of another process", []],
  ["the socket of another process stays one", [FOREIGN]],
])("when an agent plans again, %s", async (_, others) => {
  const [first, second] = await planTwice(others);
  expect(first.services.mesh?.sds?.filesOnly).toBe(others.length > 0);
  expect(unchangedParts(first, second)).toEqual([]);
});
