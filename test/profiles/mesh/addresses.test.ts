import { describe, expect, test } from "bun:test";
import { caOf, type Env, meshOf, proxyConfig, startWith, xdsOf } from "./start-mesh.ts";

const ISTIOD = "istiod.istio-system.svc";

describe("an address of a gRPC server", () => {
  const endpointOf = async (address: string, env: Env = {}) => {
    const { host, port, tls } = (await xdsOf({ ...proxyConfig({ discoveryAddress: address }), ...env })).endpoint;
    return [host, port, tls?.serverName];
  };
  test.each([
    ["istiod:443", "istiod", 443, "istiod"],
    ["10.0.0.1:15012", "10.0.0.1", 15012, "10.0.0.1"],
    ["[fd00::1]:15012", "fd00::1", 15012, "fd00::1"],
    ["istiod.istio-system.svc.:15012", "istiod.istio-system.svc.", 15012, "istiod.istio-system.svc"],
    ["localhost:15012", "localhost", 15012, "istiod.istio-system.svc"],
    ["x.localhost.y:15012", "x.localhost.y", 15012, "istiod.istio-system.svc"],
    ["127.0.0.1:15012", "127.0.0.1", 15012, "127.0.0.1"],
  ])("%s", async (address, host, port, serverName) => {
    expect(await endpointOf(address)).toEqual([host, port, serverName]);
  });

  test("ISTIOD_SAN is the name of the control plane, also where that is the authority", async () => {
    const env = { ISTIOD_SAN: "own.name" };
    expect(await endpointOf("10.0.0.1:15012", env)).toEqual(["10.0.0.1", 15012, "own.name"]);
    expect((await caOf(env)).endpoint.tls).toMatchObject({ serverName: "own.name", nameOrigin: "ISTIOD_SAN" });
    const { host, port, tls } = (await caOf({ ...env, CA_ADDR: "ca:1" })).endpoint;
    expect([host, port, tls?.serverName, tls?.nameOrigin]).toEqual(["ca", 1, "ca", undefined]);
  });

  // The names are those that pilot-agent 1.30.3 sends and verifies.
  test.each([
    [":20002", "localhost", 20002, "localhost"],
    ["localhost:https", "localhost", 443, ISTIOD],
    ["ca:HTTP", "ca", 80, "ca"],
    ["dns:///localhost:20002", "localhost", 20002, "localhost"],
    ["dns:localhost:20002", "localhost", 20002, "localhost"],
    ["DNS:/ca:https", "ca", 443, "ca"],
    ["dns:///[fd00::1]:20002", "fd00::1", 20002, "fd00::1"],
    ["dns:///:20002", "localhost", 20002, "localhost"],
    ["passthrough:///localhost:20002", "localhost", 20002, "localhost"],
    ["passthrough:ca:20002", "ca", 20002, "ca"],
  ])("of the CA, as Go's gRPC library reads it: %s", async (CA_ADDR, host, port, serverName) => {
    const { mesh, warnings } = await startWith({ CA_ADDR });
    expect(mesh?.sds?.ca?.endpoint).toMatchObject({ host, port, tls: { serverName } });
    expect(warnings.filter((text) => text.startsWith("Cannot connect"))).toEqual([]);
  });

  test.each([
    "dns:///",
    "dns:///ca",
    "dns:///ca:",
    "dns:////ca:1",
    "dns://ca:1",
    "dns://1.1.1.1/ca:20002",
    "passthrough:///ca",
    "unix:///tmp/x",
    "https://ca:20002",
    "ca:99999",
  ])("of the CA, to which there is no connection: %s", async (CA_ADDR) => {
    const { mesh, warnings } = await startWith({ CA_ADDR });
    expect(mesh?.sds?.ca?.endpoint.port).toBe(0);
    expect(warnings.filter((text) => text.startsWith(`Cannot connect to "${CA_ADDR}" (CA_ADDR): `))).toHaveLength(1);
  });

  test.each([":20002", "localhost:https", "dns:///localhost:20002", "passthrough:///localhost:20002"])(
    "of the control plane, refused: %s",
    async (discoveryAddress) => {
      await expect(startWith(proxyConfig({ discoveryAddress }))).rejects.toThrow("discoveryAddress");
    },
  );

  test.each([
    [
      "a port that is no number",
      { CA_ADDR: "ca:tls" },
      'Cannot connect to "ca:tls" (CA_ADDR): port "tls" is not a number from 1 to 65535',
      "",
    ],
    [
      "no port",
      { CA_ADDR: "ca" },
      'Cannot connect to "ca" (CA_ADDR): address ca: missing port in address',
      "; add the port, such as :15012",
    ],
  ])("%s is a warning, and each connection fails", async (_, env, warning, hint) => {
    const { warnings, mesh } = await startWith(env);
    expect(warnings).toContain(`${warning}${hint}`);
    expect(mesh?.sds?.ca?.endpoint).toMatchObject({
      host: env.CA_ADDR,
      port: 0,
      problem: warning.slice(warning.indexOf("): ") + 3),
    });
  });

  test.each<[string, Env, boolean, boolean]>([
    ["both over TLS", {}, true, true],
    ["the control plane in plain text", proxyConfig({ controlPlaneAuthPolicy: "NONE" }), true, false],
    ["the authority in plain text", { CA_ADDR: "ca:15010" }, false, true],
    ["both by the port of the control plane", proxyConfig({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "d:15010" }), false, false],
  ])("TLS: %s", async (_, env, ca, xds) => {
    const mesh = await meshOf(env);
    expect([mesh.sds?.ca?.endpoint.tls !== undefined, mesh.xds?.endpoint.tls !== undefined]).toEqual([ca, xds]);
  });

  test.each([
    ["", ""],
    ["fips-140-2", "fips-140-2"],
    ["pqc", "pqc"],
    ["other", ""],
  ])("the policy %j", async (COMPLIANCE_POLICY, policy) => {
    expect((await xdsOf({ COMPLIANCE_POLICY })).endpoint.tls?.policy).toBe(policy as "");
  });

  test.each([
    ["0s", "0s", 10_000, 7_200_000, 20_000],
    ["-1s", "-1s", 10_000, 1_000, 20_000],
    ["1ms", "1ms", 10_000, 1_000, 1],
    ["1ns", "1ns", 10_000, 1_000, 1],
    ["1000h", "1000h", 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1],
  ])("keepalive of %s and %s, within what Go's library and a timer allow", async (interval, timeout, client, server, limit) => {
    const { endpoint, keepalive } = await xdsOf({ GRPC_KEEPALIVE_INTERVAL: interval, GRPC_KEEPALIVE_TIMEOUT: timeout });
    expect([endpoint.keepalive, keepalive]).toEqual([
      { interval: client, timeout: limit },
      { interval: server, timeout: limit },
    ]);
  });

  test.each([
    ["0", 2 ** 32 - 1],
    ["-1", 2 ** 32 - 1],
    ["99999999999", 2 ** 32 - 1],
    ["7", 7],
  ])("%s streams", async (ISTIO_GPRC_MAXSTREAMS, maxStreams) => {
    expect(await xdsOf({ ISTIO_GPRC_MAXSTREAMS })).toMatchObject({ maxStreams });
  });

  test("keepalive", async () => {
    const env = { GRPC_KEEPALIVE_INTERVAL: "1m", GRPC_KEEPALIVE_TIMEOUT: "500ms" };
    const { endpoint, keepalive } = await xdsOf(env);
    expect([endpoint.keepalive, keepalive, (await caOf(env)).endpoint.keepalive]).toEqual(
      Array(3).fill({ interval: 60_000, timeout: 500 }),
    );
  });
});
