import { describe, expect, test } from "bun:test";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { started } from "../profiles/started.ts";

/** Returns the launch of a release with a statsd address and the hosts of a resolver. */
async function launchOf(profile: string, statsdUdpAddress: string, hosts: Readonly<Record<string, readonly string[]>>): Promise<EpochPlan> {
  const env = { PROXY_CONFIG: JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010", statsdUdpAddress }) };
  const { launch } = await started(profile, { env, hosts });
  if (launch === undefined) throw new Error("nothing was launched");
  return launch;
}

/** Returns where Envoy sends statistics; undefined where it does not. */
function sinkOf({ bootstrap }: EpochPlan): readonly [string, number] | undefined {
  const sink = JSON.parse(bootstrap ?? "null").stats_sinks?.[0];
  const address = (sink?.typed_config ?? sink?.config)?.address.socket_address;
  return address === undefined ? undefined : [address.address, address.port_value];
}

describe.each(["istio-1.6", "istio-1.30"])("statsd in %s (contract 1.6 §5.4, 1.30 §5.3)", (profile) => {
  test.each<[string, string, readonly string[], string]>([
    ["an IPv4 address", "s:9125", ["10.1.0.1"], "10.1.0.1"],
    ["an IPv6 address", "s:9125", ["fd00::1"], "fd00::1"],
    ["the first IPv4 address of several", "s:9125", ["10.1.0.1", "10.1.0.2"], "10.1.0.1"],
    ["an IPv4 address behind an IPv6 one", "s:9125", ["fd00::1", "10.1.0.1", "10.1.0.2"], "10.1.0.1"],
    ["the last of several IPv6 addresses", "s:9125", ["fd00::1", "fd00::2"], "fd00::2"],
    ["an address that needs no resolver", "10.9.9.9:9125", [], "10.9.9.9"],
    ["an IPv6 address that needs none", "[fd00::9]:9125", [], "fd00::9"],
  ])("takes %s", async (_, address, found, expected) => {
    const launch = await launchOf(profile, address, { s: found });
    expect(sinkOf(launch)).toEqual([expected, 9125]);
    expect(launch.notices.filter(({ text }) => text.includes("statsd"))).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["an unknown name", "nobody:9125", "lookup nobody: no such host"],
    ["a name without addresses", "empty:9125", "no address for empty"],
    ["no port", "s", "missing port in address"],
  ])("is off with a warning for %s", async (_, address, why) => {
    const launch = await launchOf(profile, address, { s: ["10.1.0.1"], empty: [] });
    expect(sinkOf(launch)).toBeUndefined();
    const warnings = launch.notices.filter(({ text }) => text.includes("statsd"));
    expect(warnings.map(({ level }) => level)).toEqual(["warn"]);
    expect(warnings[0]?.text).toStartWith(`Cannot resolve statsdUdpAddress "${address}" from PROXY_CONFIG, statsd is disabled: `);
    expect(warnings[0]?.text).toInclude(why);
  });
});

test.each(["istio-1.6", "istio-1.30"])("statsd on port 0 is refused in %s where its address can be resolved", async (profile) => {
  const env = { PROXY_CONFIG: JSON.stringify({ statsdUdpAddress: "s:0" }) };
  const { errors } = await started(profile, { env, hosts: { s: ["10.1.0.1"] } });
  expect(errors).toInclude('invalid statsd udp address "10.1.0.1:0": port number 0 must be in the range 1..65535');
});

test.each([
  ["1", 1],
  ["65535", 65535],
  ["65536", undefined],
  ["-1", undefined],
  ["http", undefined],
])("statsd on port %s of 1.30 is %p (contract 1.30 §5.3)", async (port, expected) => {
  const launch = await launchOf("istio-1.30", `s:${port}`, { s: ["10.1.0.1"] });
  expect(sinkOf(launch)?.[1]).toBe(expected);
  const warnings = launch.notices.filter(({ text }) => text.includes("statsd")).map(({ text }) => text.split("statsd is disabled: ")[1]);
  expect(warnings).toEqual(expected === undefined ? [`port "${port}" is not a number from 0 to 65535`] : []);
});
