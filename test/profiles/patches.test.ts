import { describe, expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { isObject } from "../../src/go/json.ts";
import { fakeHost, type Launched } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

type Machine = Readonly<Record<string, string>>;

const MOUNTED = { "var/run/secrets/tokens/istio-token": "t", "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };

const MACHINE = { name: "", profile: "", args: [], expect: { launched: false, exit: 0 } };

/** Starts the proxy of an image. */
async function startOf(version: string, env: Machine = {}, files: Machine = {}, args: readonly string[] = []) {
  const recorded = { name: "", profile: "", args: [], files: { ...MOUNTED, ...files }, env: { ISTIO_META_ISTIO_VERSION: version, ...env } };
  const fake = fakeHost({ ...recorded, expect: { launched: true, exit: 0 } });
  const exit = await run(["proxy", ...args], "attache", fake.host);
  return { ...fake, exit, launch: fake.launches[0] };
}

async function launchOf(...start: Parameters<typeof startOf>): Promise<Launched | undefined> {
  return (await startOf(...start)).launch;
}

async function bootstrapOf(...start: Parameters<typeof startOf>): Promise<string> {
  return (await launchOf(...start))?.bootstrap ?? "";
}

const EVICTION = {
  "etc/istio/pod/annotations": 'sidecar.istio.io/statsFlushInterval="10s"\nsidecar.istio.io/statsEvictionInterval="2m"',
};

/** Each change with the image before it and the first image that has it, and what both show. */
const CHANGES: readonly (readonly [
  what: string,
  images: readonly [string, string],
  look: (version: string) => Promise<unknown>,
  unknown,
  unknown,
])[] = [
  [
    "the runtime flag for load balancers",
    ["1.30.0", "1.30.1"],
    async (version) => (await bootstrapOf(version)).includes("coalesce_lb_rebuilds_on_batch_update"),
    false,
    true,
  ],
  [
    "the narrowing of Accept",
    ["1.30.1", "1.30.2"],
    async (version) => (await launchOf(version))?.services.status?.metrics.narrowsAccept,
    false,
    true,
  ],
  [
    "PILOT_AGENT_MERGE_ENVOY_STATS",
    ["1.30.1", "1.30.2"],
    async (version) => (await launchOf(version, { PILOT_AGENT_MERGE_ENVOY_STATS: "false" }))?.services.status?.metrics.envoyPort,
    15090,
    undefined,
  ],
  ...(
    [
      ["1.30.2", "1.30.3"],
      ["1.29.5", "1.29.6"],
    ] as const
  ).map(
    (images) =>
      [
        "connections of internal listeners",
        images,
        async (version: string) => (await launchOf(version, { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" }))?.supervision.drain.countsInternal,
        true,
        false,
      ] as const,
  ),
  [
    "the eviction interval in seconds",
    ["1.28.1", "1.28.2"],
    async (version) => /"stats_eviction_interval": "(.*)"/.exec(await bootstrapOf(version, {}, EVICTION))?.[1],
    "2m0s",
    "120s",
  ],
];

describe("changes in patch releases of 1.28 to 1.30", () => {
  test.each(CHANGES)("%s: %j", async (_, [last, first], look, before, after) => {
    expect([await look(last), await look(first)]).toEqual([before, after]);
  });
});

describe("an image whose release was not recorded", () => {
  const metadataOf = (launch: Launched | undefined) => {
    const bootstrap: unknown = JSON.parse(launch?.bootstrap ?? "{}");
    const node = isObject(bootstrap) ? bootstrap["node"] : undefined;
    return isObject(node) ? node["metadata"] : undefined;
  };
  const warningOf = (warnings: readonly string[]) => warnings.filter((text) => text.includes("was not recorded"));

  test.each([
    [
      "1.27.3",
      "Istio 1.27 was not recorded: using the contract of Istio 1.28.10; Istio 1.24 is known to differ by a runtime flag instead of overload_manager, cluster_manager in every bootstrap, no annotations for flush and eviction of statistics; check the output of render first (ISTIO_META_ISTIO_VERSION)",
    ],
    ["1.24.6", expect.stringMatching(/ Istio 1\.24 is known .*no PROXY protocol on the readiness listener.*a drain on \/quitquitquit/)],
    ["1.20.8", expect.stringMatching(/ Istio 1\.20 is known .*log-format instead of application_log_config.*a Zipkin tracer by default/)],
    ["1.8.0", expect.stringMatching(/using the contract of Istio 1\.28\.10; Istio 1\.20 is known to differ by /)],
    ["1.99.1", expect.stringMatching(/^Istio 1\.99 was not recorded: using the contract of Istio 1\.\d+\.\d+; check the output/)],
    ["1.5.2", "Istio 1.5 was not recorded: using the contract of Istio 1.6.0; check the output of render first (ISTIO_META_ISTIO_VERSION)"],
  ])("%s gets one warning, and reports its own version", async (version, warning) => {
    const { warnings, launch } = await startOf(version);
    expect(warningOf(warnings)).toEqual([warning]);
    expect(metadataOf(launch)).toMatchObject({ ISTIO_VERSION: version });
  });

  test.each(["1.6.8", "1.28.10", "1.29.6", "1.30.3", "1.30.99", "latest", ""])("%j is none", async (version) => {
    expect(warningOf((await startOf(version)).warnings)).toEqual([]);
  });

  test("is a warning of istio-iptables too, about what it does", async () => {
    const { host, warnings } = fakeHost({ ...MACHINE, env: { ISTIO_META_ISTIO_VERSION: "1.27.3" } });
    await run(["istio-iptables", "--explain"], "attache", host);
    const known = "iptables preferred to iptables-nft, -p tcp in the jump from OUTPUT, no force-iptables-binary";
    expect(warningOf(warnings)).toEqual([expect.stringContaining(`Istio 1.24 is known to differ by ${known};`)]);
  });

  test("is refused by --strict, with the warning as its reason", async () => {
    const { exit, errors, launch } = await startOf("1.27.3", {}, {}, ["--strict"]);
    expect([exit, launch]).toEqual([255, undefined]);
    expect(errors.join()).toContain("Istio 1.27 was not recorded: using the contract of Istio 1.28.10; ");
  });

  test("of a newer or unknown contract, the profile can be set", async () => {
    const { warnings, launch } = await startOf("1.27.3", {}, {}, ["--strict", "--profile", "istio-1.30"]);
    expect([warningOf(warnings), launch?.profile]).toEqual([[], "istio-1.30"]);
  });
});
