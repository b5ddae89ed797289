import { expect, test } from "bun:test";
import { readPlan } from "../../src/commands/plan.ts";
import { bad, ok, type Parsed } from "../../src/go/parsed.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import type { EnvoyVersion } from "../../src/inputs/questions.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { commandOf } from "../support/command-of.ts";

/** Returns the plan of an epoch for an Envoy with a version. */
async function launchFor(
  args: readonly string[],
  version: Parsed<EnvoyVersion>,
  variables: Readonly<Record<string, string>> = { ATTACHE_PROFILE: "istio-1.6" },
): Promise<EpochPlan> {
  const env = { PROXY_CONFIG: '{"controlPlaneAuthPolicy":"NONE","discoveryAddress":"istiod:15010"}', ...variables };
  const { host } = fakeHost({ name: "", profile: "", args: [], env, expect: { launched: true, exit: 0 } });
  const call = commandOf(["proxy", ...args], environmentOf(Object.entries(env)));
  const asking = {
    ...host,
    answerQuestions: async (...asked: Parameters<typeof host.answerQuestions>) => ({
      ...(await host.answerQuestions(...asked)),
      envoyVersion: () => version,
    }),
  };
  return (await readPlan(call, asking)).epoch;
}

const CURRENT = ok({ major: 1, minor: 40, patch: 0, text: "1.40.0" });

test("--adapt-envoy adapts the launch to the installed Envoy and reports the changes", async () => {
  const [plain, adapted] = [await launchFor([], CURRENT), await launchFor(["--adapt-envoy"], CURRENT)];
  expect([plain, adapted].map(({ options }) => options.some(({ name }) => name === "--max-obj-name-len"))).toEqual([true, false]);
  expect(adapted.notices.slice(0, plain.notices.length)).toEqual([...plain.notices]);
  expect(adapted.notices.at(plain.notices.length)?.text).toStartWith("Adapted to Envoy 1.40.0: ");
});

test("--adapt-envoy changes nothing and warns if the version of Envoy is unknown", async () => {
  // Both have a base ID of their own.
  const [plain, adapted] = [await launchFor(["--hot-restart"], CURRENT), await launchFor(["--adapt-envoy"], bad("it says nothing"))];
  const text = `Cannot determine the version of Envoy "${plain.binary}", so --adapt-envoy changes nothing: it says nothing`;
  expect(adapted).toEqual({ ...plain, notices: [...plain.notices, { level: "warn", text }] });
});

test.each([
  [{}, undefined],
  [{ DNS_PROXY_ADDR: "127.0.0.1:53" }, { uid: 1337, gid: 1337 }],
  [{ DNS_PROXY_ADDR: "127.0.0.1:153" }, undefined],
])("Envoy of release 1.30 started as root with %p runs as %p", async (variables, user) => {
  const launch = await launchFor([], CURRENT, { ATTACHE_PROFILE: "istio-1.30", ...variables });
  expect(launch.user).toEqual(user);
});

test.each(["istio-1.6", "istio-1.30"])("a bad discovery address is refused with the place that sets it (%s)", async (profile) => {
  for (const address of ["x", "x:y", "", ":", "a b:1", "[::1:5", "istiod:0", "istiod:99999"]) {
    const PROXY_CONFIG = JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: address });
    await expect(launchFor([], CURRENT, { ATTACHE_PROFILE: profile, PROXY_CONFIG })).rejects.toThrow("(discoveryAddress from PROXY_CONFIG");
  }
});

test.each([
  ["istio-1.30", [], 0o750],
  ["istio-1.30", ["--xds", "direct"], 0o700],
  ["istio-1.6", [], 0o700],
] as const)("the directory of the bootstrap is open to the group if the agent's socket is in it: %s %p", async (profile, args, mode) => {
  expect((await launchFor(args, CURRENT, { ATTACHE_PROFILE: profile })).directoryMode).toBe(mode);
});
