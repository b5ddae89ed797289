import { describe, expect, test } from "bun:test";
import { readPlan } from "../../src/commands/plan.ts";
import { hasOption, optionValue } from "../../src/envoy/options.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import type { Planned } from "../../src/launch/plan.ts";
import type { Supervision } from "../../src/supervisor/supervision.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { commandOf } from "../support/command-of.ts";

type Environment = Readonly<Record<string, string>>;

/** Returns the rules of supervision for arguments and an environment. */
async function supervisionFor(args: readonly string[], env: Environment): Promise<Supervision> {
  return (await planFor(args, env)).agent.supervision;
}

async function planFor(args: readonly string[], env: Environment): Promise<Planned> {
  const whole = { PROXY_CONFIG: '{"controlPlaneAuthPolicy":"NONE","discoveryAddress":"istiod:15010"}', ...env };
  const { host } = fakeHost({ name: "", profile: "", args, env: whole, expect: { launched: true, exit: 0 } });
  const environment = environmentOf(Object.entries(whole));
  const { plan, epoch } = await readPlan(commandOf(args, environment), host);
  return { agent: plan.agent, epoch };
}

const OLD: Environment = { ATTACHE_PROFILE: "istio-1.6" };
const config = (fields: object): Environment => ({
  PROXY_CONFIG: JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010", ...fields }),
});

describe("the drain of a start", () => {
  test.each<[string, readonly string[], Environment, Partial<Supervision["drain"]>]>([
    [
      "a sidecar",
      ["proxy", "sidecar"],
      {},
      {
        path: "/drain_listeners?inboundonly&graceful",
        earlyPath: "/drain_listeners?inboundonly&graceful&skip_exit",
        until: "time",
        hold: 5_000,
        lossless: false,
      },
    ],
    ["a router", ["proxy", "router"], {}, { path: "/drain_listeners?graceful", hold: 5_000 }],
    ["a configured time", ["proxy"], config({ terminationDrainDuration: "1m" }), { hold: 60_000 }],
    ["the variable of the old release does not count", ["proxy"], { TERMINATION_DRAIN_DURATION_SECONDS: "9" }, { hold: 5_000 }],
    [
      "until no connection is left",
      ["proxy"],
      { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true", MINIMUM_DRAIN_DURATION: "1500ms" },
      { until: "connections", hold: 1_500, interval: 1_000 },
    ],
    [
      "a minimum that cannot be read",
      ["proxy"],
      { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true", MINIMUM_DRAIN_DURATION: "soon" },
      { hold: 5_000 },
    ],
    ["Envoy's own ports", ["proxy"], { ENVOY_STATUS_PORT: "1", ENVOY_PROMETHEUS_PORT: "2" }, { ownPorts: [1, 2] }],
    ["the old release", ["proxy"], OLD, { path: "/drain_listeners?inboundonly", until: "time", hold: 5_000 }],
    ["a gateway of the old release", ["proxy", "router"], OLD, { path: "/drain_listeners?inboundonly" }],
    ["the old release's variable", ["proxy"], { ...OLD, TERMINATION_DRAIN_DURATION_SECONDS: "9" }, { hold: 9_000 }],
    ["no time in the old release", ["proxy"], { ...OLD, TERMINATION_DRAIN_DURATION_SECONDS: "-3" }, { hold: 0 }],
    [
      "lossless",
      ["proxy", "sidecar", "--drain", "lossless"],
      {},
      { path: "/drain_listeners?inboundonly&graceful&skip_exit", until: "connections", hold: 5_000, interval: 250, lossless: true },
    ],
    [
      "lossless in the old release",
      ["proxy", "router"],
      { ...OLD, ATTACHE_DRAIN: "lossless" },
      { path: "/drain_listeners?graceful&skip_exit", until: "connections" },
    ],
  ])("%s", async (_, args, env, drain) => {
    expect((await supervisionFor(args, env)).drain).toMatchObject(drain);
  });
});

test("invalid ports of Envoy's listeners are refused together", async () => {
  const env = { ENVOY_STATUS_PORT: "70000", ENVOY_PROMETHEUS_PORT: "-1" };
  await expect(supervisionFor(["proxy"], env)).rejects.toThrow(
    expect.objectContaining({
      problems: [
        "ENVOY_STATUS_PORT must be a port from 0 to 65535: current value is 70000",
        "ENVOY_PROMETHEUS_PORT must be a port from 0 to 65535: current value is -1",
      ],
    }),
  );
});

describe("the switches", () => {
  test.each<[string, readonly string[], Environment, Partial<Supervision>]>([
    [
      "by default",
      [],
      {},
      { preDrainDelay: 0, stopTimeout: 5_000, gracePeriod: { milliseconds: 30_000, isKnown: false }, hotRestart: false, restart: "never" },
    ],
    ["the old release restarts hot by itself", [], OLD, { hotRestart: true, parentShutdown: 60_000 }],
    [
      "times as seconds or durations",
      ["--grace-period", "1m30s", "--pre-drain-delay=2.5", "--stop-timeout", "0"],
      {},
      { gracePeriod: { milliseconds: 90_000, isKnown: true }, preDrainDelay: 2_500, stopTimeout: 0 },
    ],
    [
      "by variables",
      [],
      { ATTACHE_GRACE_PERIOD: "60", ATTACHE_HOT_RESTART: "true", ATTACHE_RESTART: "always" },
      { gracePeriod: { milliseconds: 60_000, isKnown: true }, hotRestart: true, restart: "always" },
    ],
  ])("%s", async (_, args, env, wanted) => {
    expect(await supervisionFor(["proxy", ...args], env)).toMatchObject(wanted);
  });

  test.each([
    ["--grace-period", "soon"],
    ["--grace-period", "-1"],
    ["--stop-timeout", "1000000h"],
    ["--pre-drain-delay", "1 s"],
    ["--drain", "fast"],
    ["--restart", "sometimes"],
  ])("refuse %s %s", async (name, value) => {
    expect(supervisionFor(["proxy", `${name}=${value}`], {})).rejects.toThrow(`${name} must be`);
  });
});

describe("the old epoch of a hot restart", () => {
  const GRADUAL = { ...OLD, ...config({ drainDuration: "45s", parentShutdownDuration: "60s" }) };
  test.each<[string, readonly string[], Environment, number]>([
    ["has the configured time in the old release", [], GRADUAL, 60],
    ["has the requested time, if it is shorter", ["--parent-shutdown-time", "50"], GRADUAL, 50],
    ["has the requested time, if it is longer", ["--parent-shutdown-time", "90"], GRADUAL, 90],
    ["has at least the time of a gradual drain", ["--parent-shutdown-time", "2"], GRADUAL, 46],
    ["has whole seconds", ["--hot-restart", "--parent-shutdown-time", "1500ms"], {}, 2],
    ["never ends at once", ["--hot-restart", "--parent-shutdown-time", "0"], {}, 1],
    ["has a minute where nothing says more", ["--hot-restart"], {}, 60],
  ])("%s, the same for Envoy and the supervisor", async (_, args, env, seconds) => {
    const { agent, epoch } = await planFor(["proxy", ...args], env);
    const passed = optionValue(epoch.options, "--parent-shutdown-time-s");
    expect({ passed, kept: agent.supervision.parentShutdown }).toEqual({ passed: String(seconds), kept: seconds * 1000 });
    expect(hasOption(epoch.options, "--base-id")).toBe(args.includes("--hot-restart"));
  });
});
