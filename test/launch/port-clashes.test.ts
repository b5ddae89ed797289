import { expect, test } from "bun:test";
import { readPlan } from "../../src/commands/plan.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { commandOf } from "../support/command-of.ts";

/** Returns what is advised about ports. */
async function clashesOf(config: object, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const PROXY_CONFIG = JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010", ...config });
  const whole = { PROXY_CONFIG, ...env };
  const { host } = fakeHost({ name: "", profile: "", args: [], env: whole, expect: { launched: true, exit: 0 } });
  const { advice } = await readPlan(commandOf(["proxy", "sidecar"], environmentOf(Object.entries(whole))), host);
  return (await advice()).map(({ text }) => text).filter((text) => text.includes("set twice"));
}

const STATUS = "statusPort in the ProxyConfig";
const ADMIN = "proxyAdminPort in the ProxyConfig";
const clash = (port: number, one: string, other: string) =>
  `Port ${port} is set twice, for ${one} and ${other}: only one of them can listen on it, and without its own ports Envoy does not start`;
const OLD = { ATTACHE_PROFILE: "istio-1.6" };
const SECURE = { ATTACHE_PROFILE: "istio-1.31", ENVOY_SECURE_METRICS_PORT: "15000" };

test.each<[string, object, Readonly<Record<string, string>>, readonly string[]]>([
  ["the defaults", {}, {}, []],
  ["the defaults of 1.6", {}, OLD, []],
  ["status and admin", { statusPort: 15000 }, {}, [clash(15000, STATUS, ADMIN)]],
  ["admin and status", { proxyAdminPort: 15020 }, {}, [clash(15020, STATUS, ADMIN)]],
  ["status and readiness", { statusPort: 15021 }, {}, [clash(15021, STATUS, "ENVOY_STATUS_PORT")]],
  ["admin and metrics", { proxyAdminPort: 15090 }, {}, [clash(15090, ADMIN, "ENVOY_PROMETHEUS_PORT")]],
  ["readiness and metrics", {}, { ENVOY_STATUS_PORT: "15090" }, [clash(15090, "ENVOY_STATUS_PORT", "ENVOY_PROMETHEUS_PORT")]],
  [
    "two of them",
    { statusPort: 15021, proxyAdminPort: 15090 },
    {},
    [clash(15090, ADMIN, "ENVOY_PROMETHEUS_PORT"), clash(15021, STATUS, "ENVOY_STATUS_PORT")].toSorted(),
  ],
  ["a port of Envoy that was moved", { statusPort: 15021 }, { ENVOY_STATUS_PORT: "15099" }, []],
  ["listeners of Envoy without a port", {}, { ENVOY_STATUS_PORT: "0", ENVOY_PROMETHEUS_PORT: "0" }, []],
  ["no Envoy", { statusPort: 15021 }, { DISABLE_ENVOY: "true" }, []],
  ["status and a listener of 1.6", { statusPort: 15090 }, OLD, [clash(15090, STATUS, "a listener of Envoy")]],
  ["a port that 1.31 adds", {}, SECURE, [clash(15000, ADMIN, "ENVOY_SECURE_METRICS_PORT")]],
])("ports that are set twice: %s", async (_, config, env, expected) => {
  expect((await clashesOf(config, env)).toSorted()).toEqual([...expected]);
});
