import { describe, expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { optionValue } from "../../src/envoy/options.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { chooseProfile } from "../../src/profiles/choose.ts";
import { isAtLeast, type Release, releaseIn } from "../../src/profiles/release.ts";
import type { Case } from "../conformance/cases.ts";
import { fakeHost, type Launched } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

/** Images that follow 1.6, oldest first; the first has no patch. */
const IMAGES = ["1.6", "1.6.1", "1.6.4", "1.6.5", "1.6.8", "1.6.9", "1.6.14", "1.7", "1.7.3"];
const TOKEN = { "var/run/secrets/tokens/istio-token": "t", "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };

async function launchOf(...start: Parameters<typeof startedBy>): Promise<Launched | undefined> {
  return (await startedBy(...start)).launches[0];
}

async function startedBy(version: string, more: Partial<Case> = {}, args: readonly string[] = []): Promise<ReturnType<typeof fakeHost>> {
  const recorded: Case = {
    name: "",
    profile: "istio-1.6",
    args: [],
    files: TOKEN,
    ...more,
    env: { ISTIO_META_ISTIO_VERSION: version, POD_NAME: "a", POD_NAMESPACE: "b", ...more.env },
    expect: { launched: true, exit: 0 },
  };
  const fake = fakeHost(recorded);
  await run(["proxy", ...(more.args ?? ["sidecar"]), ...args], "attache", fake.host);
  return fake;
}

/** Returns the values of all images, each with the first image that has it. */
async function history(look: (version: string) => Promise<unknown>): Promise<readonly (readonly [string, unknown])[]> {
  const all = await Promise.all(IMAGES.map(async (version) => [version, await look(version)] as const));
  return all.filter(([, value], at) => at === 0 || !Bun.deepEquals(value, all[at - 1]?.[1]));
}

describe("changes in patch releases of 1.6", () => {
  test("from 1.6.9 all listeners of a gateway are drained; of a sidecar always the inbound ones", async () => {
    const drain = (role: string) => async (version: string) => (await launchOf(version, { args: [role] }))?.supervision.drain.path;
    expect(await history(drain("router"))).toEqual([
      ["1.6", "/drain_listeners?inboundonly"],
      ["1.6.9", "/drain_listeners"],
    ]);
    expect(await history(drain("sidecar"))).toEqual([["1.6", "/drain_listeners?inboundonly"]]);
    expect((await launchOf("1.6.9", { args: ["router"] }))?.supervision.drain.earlyPath).toBe("/drain_listeners?skip_exit");
  });

  test("readiness is kept from 1.6.9, except with --readiness live", async () => {
    const readiness =
      (args: readonly string[], env = {}) =>
      async (version: string) => {
        const rules = (await launchOf(version, { env }, args))?.services.readiness;
        return [rules?.remembersState, rules?.state?.target, rules?.state?.timeoutMilliseconds];
      };
    const older = "/stats?usedonly&filter=^(server.state|listener_manager.workers_started)";
    const newer = "/stats?usedonly&filter=^(server\\.state|listener_manager\\.workers_started)";
    expect(await history(readiness([]))).toEqual([
      ["1.6", [false, older, 1000]],
      ["1.6.9", [true, newer, 5000]],
    ]);
    expect(await history(readiness(["--readiness", "live"], { ENVOY_READINESS_CHECK_TIMEOUT: "7s" }))).toEqual([
      ["1.6", [false, older, 1000]],
      ["1.6.9", [false, newer, 7000]],
    ]);
    expect((await readiness([], { ENVOY_READINESS_CHECK_TIMEOUT: "-1s" })("1.6.9"))[2]).toBe(5000);
  });

  test("with FILE_MOUNTED_CERTS neither token nor root certificate is required from 1.6.1, and the policy is kept", async () => {
    const policy = (config: object) => async (version: string) => {
      const env = { FILE_MOUNTED_CERTS: "true", PROXY_CONFIG: JSON.stringify(config) };
      const bootstrap = (await launchOf(version, { env, files: {} }))?.bootstrap;
      return bootstrap === undefined ? "refused" : JSON.parse(bootstrap).node.metadata.PROXY_CONFIG.controlPlaneAuthPolicy;
    };
    expect(await history(policy({}))).toEqual([
      ["1.6", "refused"],
      ["1.6.1", undefined],
    ]);
    expect((await history(policy({ controlPlaneAuthPolicy: "MUTUAL_TLS" }))).at(-1)).toEqual(["1.6.1", "MUTUAL_TLS"]);
    const without = await launchOf("1.6.1", { env: { FILE_MOUNTED_CERTS: "false" }, files: {} });
    expect(without).toBeUndefined();
  });

  test("the Stackdriver tracer has the STS port and its service from 1.6.5", async () => {
    const service = async (version: string) => {
      const more = {
        env: { PROXY_CONFIG: '{"tracing": {"stackdriver": {}}}', GCE_METADATA_HOST: "gce:80" },
        http: { listen: "gce:80", routes: { "*": "project" } },
      };
      const document = JSON.parse((await launchOf(version, more, ["--stsPort", "15463"]))?.bootstrap ?? "null");
      const grpc = document.tracing.http.typed_config.stackdriver_grpc_service.google_grpc;
      return [grpc.target_uri, grpc.call_credentials.sts_service.token_exchange_service_uri];
    };
    expect(await history(service)).toEqual([
      ["1.6", [undefined, "http://localhost:<no value>/token"]],
      ["1.6.5", ["cloudtrace.googleapis.com", "http://localhost:15463/token"]],
    ]);
  });

  test("terminationDrainDuration applies from 1.7; the variable takes precedence", async () => {
    const hold =
      (config: string, env = {}) =>
      async (version: string) => {
        const launch = await launchOf(version, { env: { PROXY_CONFIG: config, ...env } });
        const shown = JSON.parse(launch?.bootstrap ?? "null").node.metadata.PROXY_CONFIG.terminationDrainDuration;
        return [launch?.supervision.drain.hold, shown];
      };
    expect(await history(hold('{"terminationDrainDuration": "7s"}'))).toEqual([
      ["1.6", [5000, undefined]],
      ["1.7", [7000, "7s"]],
    ]);
    expect(await history(hold(""))).toEqual([
      ["1.6", [5000, undefined]],
      ["1.7", [5000, "5s"]],
    ]);
    expect(await history(hold('{"terminationDrainDuration": "7s"}', { TERMINATION_DRAIN_DURATION_SECONDS: "9" }))).toEqual([
      ["1.6", [9000, undefined]],
      ["1.7", [9000, "7s"]],
    ]);
  });

  test("startup probes are supported from 1.7", async () => {
    const prober = (path: string) => async (version: string) => {
      const env = { ISTIO_KUBE_APP_PROBERS: JSON.stringify({ [`/app-health/a/${path}`]: { httpGet: { port: 1, path: "b" } } }) };
      return Object.values((await launchOf(version, { env }))?.services.status?.probes.probers ?? {}).map(
        (each) => "path" in each && each.path,
      );
    };
    expect(await history(prober("startupz"))).toEqual([
      ["1.6", []],
      ["1.7", ["/b"]],
    ]);
    expect(await history(prober("livez"))).toEqual([
      ["1.6", ["b"]],
      ["1.7", ["/b"]],
    ]);
  });

  test("the command wait exists from 1.7", async () => {
    const waits = async (version: string) => chooseProfile(undefined, environmentOf([["ISTIO_META_ISTIO_VERSION", version]])).profile.waits;
    expect(await history(waits)).toEqual([
      ["1.6", false],
      ["1.7", true],
    ]);
  });

  test("one warning reports that 1.7 is not recorded", async () => {
    const warnings = async (version: string) =>
      (await launchOf(version))?.notices.flatMap(({ text }) => (text.startsWith("Using the Istio 1.6 profile") ? [text] : []));
    expect(await history(warnings)).toEqual([
      ["1.6", []],
      ["1.7", [expect.stringContaining("untested against pilot-agent 1.7.0")]],
      ["1.7.3", [expect.stringContaining("untested against pilot-agent 1.7.3")]],
    ]);
  });
});

test.each(IMAGES)("both names of the annotation apply to an image of %s, and the newer one takes precedence", async (version) => {
  const drainOf = async (annotations: string) => {
    const launch = await launchOf(version, { files: { ...TOKEN, "etc/istio/pod/annotations": annotations } });
    return optionValue(launch?.options ?? [], "--drain-time-s");
  };
  const older = 'istio.io/proxyConfig="{\\"drainDuration\\": \\"30s\\"}"\n';
  const newer = 'proxy.istio.io/config="{\\"drainDuration\\": \\"33s\\"}"\n';
  expect([await drainOf(older), await drainOf(newer), await drainOf(newer + older)]).toEqual(["30", "33", "33"]);
});

test.each<[string, Release | undefined]>([
  ["1.6.8", [1, 6, 8]],
  ["1.6", [1, 6, 0]],
  ["1.7-alpha.2", [1, 7, 0]],
  ["release-1.6.10-dirty", [1, 6, 10]],
  ["1.6.x", [1, 6, 0]],
  ["1.6.", [1, 6, 0]],
  ["latest", undefined],
  ["16", undefined],
  ["", undefined],
])("the release in %j", (text, release) => {
  expect(releaseIn(text)).toEqual(release);
});

test.each<[Release, Release, boolean]>([
  [[1, 6, 9], [1, 6, 9], true],
  [[1, 6, 10], [1, 6, 9], true],
  [[1, 6, 8], [1, 6, 9], false],
  [[1, 7, 0], [1, 6, 9], true],
  [[1, 5, 99], [1, 6, 1], false],
  [[2, 0, 0], [1, 6, 9], true],
  [[0, 9, 9], [1, 6, 0], false],
])("%j is at least %j: %p", (release, other, expected) => {
  expect(isAtLeast(release, other)).toBe(expected);
});

test.each([
  ["1.6.9", "/drain_listeners"],
  ["1.7.0", "/drain_listeners"],
  ["release-3.1", "/drain_listeners?inboundonly"],
  ["1.30.3", "/drain_listeners?inboundonly"],
  ["1.0.0", "/drain_listeners?inboundonly"],
  ["1.6.99999999999999999999", "/drain_listeners"],
  ["1.6.8\n1.6.9", "/drain_listeners?inboundonly"],
  ["no version", "/drain_listeners?inboundonly"],
])("with --profile istio-1.6 an image of %j drains a gateway by %s", async (version, path) => {
  expect((await launchOf(version, { args: ["router"] }, ["--profile", "istio-1.6"]))?.supervision.drain.path).toBe(path);
});

const DIRECT = ["--xds", "direct"];
test.each([
  ["a path", { GRPC_XDS_BOOTSTRAP: "g.json" }, DIRECT, 1],
  ["the generator of gRPC", { ISTIO_META_GENERATOR: "grpc" }, DIRECT, 1],
  ["the generator of gRPC and no path", { ISTIO_META_GENERATOR: "grpc", GRPC_XDS_BOOTSTRAP: "" }, DIRECT, 0],
  ["neither", {}, DIRECT, 0],
  ["a path, and the agent's socket", { GRPC_XDS_BOOTSTRAP: "g.json" }, [], 0],
])("a gRPC bootstrap that is not written is reported with %s", async (_, env, args, lines) => {
  const { warnings } = await startedBy("1.30.3", { env }, args);
  expect(warnings.filter((text) => text.startsWith("Not writing the gRPC bootstrap"))).toHaveLength(lines);
});

test.each([
  ["[fd00::1]", "fd00::1"],
  ["fd00::1", "fd00::1"],
  ["10.0.0.1", "10.0.0.1"],
  ["", ""],
])("probes go to an INSTANCE_IP of %j by %j", async (INSTANCE_IP, destination) => {
  expect((await launchOf("1.30.3", { env: { INSTANCE_IP } }))?.services.status?.probes.destination).toBe(destination);
});
