import { expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { fakeHost } from "../conformance/fake-host.ts";

const PROBERS = '{"/app-health/a/livez": {"httpGet": {"port": 8080, "path": "/"}}}';
const SCRAPE = '{"scrape": "true", "port": "9100", "path": "/m"}';
const TARGET = { port: "9100", path: "/m" };

test.each<[string, string, string, Readonly<Record<string, string>>, object | undefined]>([
  ["a sidecar with probes", "istio-1.6", "sidecar", { ISTIO_KUBE_APP_PROBERS: PROBERS, ISTIO_PROMETHEUS_ANNOTATIONS: SCRAPE }, TARGET],
  ["a sidecar without probes", "istio-1.6", "sidecar", { ISTIO_PROMETHEUS_ANNOTATIONS: SCRAPE }, undefined],
  ["a router with probes", "istio-1.6", "router", { ISTIO_KUBE_APP_PROBERS: PROBERS, ISTIO_PROMETHEUS_ANNOTATIONS: SCRAPE }, undefined],
  ["no annotations", "istio-1.6", "sidecar", { ISTIO_KUBE_APP_PROBERS: PROBERS }, undefined],
])("the application's metrics of %s (%s, %s, spec 1.6 §11)", async (_, profile, role, env, application) => {
  const config = { PROXY_CONFIG: '{"discoveryAddress": "a:15010", "controlPlaneAuthPolicy": "NONE"}' };
  const { host, launches } = fakeHost({ name: "", profile, args: [], env: { ...config, ...env }, expect: { launched: true, exit: 0 } });
  await run(["proxy", role, "--profile", profile], "attache", host);
  expect(launches[0]?.status?.metrics.application).toEqual(application as never); // undefined or a target
});
