import { expect, test } from "bun:test";
import { freePorts } from "../../examples/ports.ts";
import { SOURCE } from "../support/subject.ts";
import { startXdsServer } from "../support/xds-server.ts";
import { startProxy } from "./proxy.ts";
import { eventually, type Setting } from "./support.ts";

// Every protocol by which an Envoy of either contract requests its resources, until ready, with each step logged once.

interface Plane {
  /** A port. */
  readonly where: number;
  readonly setting: Setting;
}

/** A control plane at the discovery address, for the agent or for Envoy itself, which always connects itself in release 1.6. */
async function onPort(environment: Readonly<Record<string, string>>): Promise<Plane> {
  const [port = 0] = await freePorts(1);
  return { where: port, setting: { proxyConfig: { discoveryAddress: `127.0.0.1:${port}` }, environment } };
}

const DISCOVERY = "/envoy.service.discovery.v3.AggregatedDiscoveryService";
/** No certificate is needed, so a CA that does not answer does no harm. */
const AGENT = { CA_ADDR: "localhost:15010" };
const DIRECT = { ATTACHE_XDS: "direct" };
const OLD = { ATTACHE_PROFILE: "istio-1.6", ATTACHE_ADAPT_ENVOY: "true" };

const PROTOCOLS: readonly (readonly [name: string, plane: () => Plane | Promise<Plane>, method: string])[] = [
  ["istio-1.30", () => onPort(AGENT), `${DISCOVERY}/DeltaAggregatedResources`],
  ["istio-1.30, without delta", () => onPort({ ...AGENT, ISTIO_DELTA_XDS: "false" }), `${DISCOVERY}/StreamAggregatedResources`],
  ["istio-1.30, direct", () => onPort(DIRECT), `${DISCOVERY}/DeltaAggregatedResources`],
  ["istio-1.30, direct, without delta", () => onPort({ ...DIRECT, ISTIO_DELTA_XDS: "false" }), `${DISCOVERY}/StreamAggregatedResources`],
  ["istio-1.6 adapted", () => onPort(OLD), `${DISCOVERY}/StreamAggregatedResources`],
];

test.each(PROTOCOLS)(
  "%s becomes ready with resources from a control plane",
  async (_, plane, method) => {
    const { where, setting } = await plane();
    await using xds = await startXdsServer(where);
    await using proxy = await startProxy(SOURCE, {
      ...setting,
      args: ["sidecar"],
      proxyConfig: { terminationDrainDuration: "0s", ...setting.proxyConfig },
      environment: { ...setting.environment, TERMINATION_DRAIN_DURATION_SECONDS: "0" },
    });
    const readiness = async () => (await fetch(`${proxy.status}/healthz/ready`, { headers: { connection: "close" } })).status;
    expect(await xds.asked("cds")).toBe(method);
    await eventually(async () =>
      (await readiness()) === 503 && proxy.said().includes("CDS not received, LDS not received") ? true : undefined,
    );
    xds.sendEmpty("cds");
    expect(await xds.asked("lds")).toBe(method);
    await eventually(async () => ((await readiness()) === 503 && proxy.said().includes("NOT ready: LDS not received") ? true : undefined));
    xds.sendEmpty("lds");
    await eventually(async () => ((await readiness()) === 200 ? true : undefined));
    expect(proxy.said().match(/NOT ready: CDS not received/g)).toHaveLength(1);
    // The response may arrive before the log line.
    await eventually(async () => (proxy.said().includes("Envoy proxy is ready") ? true : undefined));
    expect(proxy.said().match(/Envoy proxy is ready/g)).toHaveLength(1);
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
  },
  180_000,
);

test.each(PROTOCOLS)(
  "%s names what Envoy rejects",
  async (_, plane) => {
    const { where, setting } = await plane();
    await using xds = await startXdsServer(where);
    await using proxy = await startProxy(SOURCE, { ...setting, args: ["sidecar"] });
    await xds.asked("cds");
    xds.sendBroken("cds");
    await eventually(async () => {
      const { status } = await fetch(`${proxy.status}/healthz/ready`, { headers: { connection: "close" } });
      return status === 503 && proxy.said().includes("NOT ready: CDS rejected by Envoy") ? true : undefined;
    });
  },
  180_000,
);
