import { expect, test } from "bun:test";
import { started } from "../started.ts";
import { BASE, ISTIOD_ROOT, meshOf, startWith, TOKEN } from "./start-mesh.ts";

// The plan of a membership, by variables and files (contract 1.30 §2.4, §2.5, §13a, §13b, §13c).

const KEEPALIVE = { interval: 30_000, timeout: 10_000 };
const DISCOVERY = {
  host: "istiod.istio-system.svc",
  port: 15012,
  keepalive: KEEPALIVE,
  tls: { serverName: "istiod.istio-system.svc", roots: { kind: "file", path: `./${ISTIOD_ROOT}` }, policy: "" },
} as const;

test("the whole plan of a default sidecar", async () => {
  expect(await meshOf({})).toEqual({
    envoyNeeds: "resources",
    sds: {
      socket: "./var/run/secrets/workload-spiffe-uds/socket",
      filesOnly: false,
      files: { chain: "./etc/certs/cert-chain.pem", key: "./etc/certs/key.pem", root: "./etc/certs/root-cert.pem" },
      ca: {
        endpoint: DISCOVERY,
        headers: [["clusterid", ""]],
        token: TOKEN,
        identity: "spiffe://cluster.local/ns/ns/sa/sa",
        key: { kind: "rsa", bits: 2048, pkcs8: false },
        lifetime: 86_400,
        certSigner: "",
        rotation: { ratio: 0.5, jitter: 0.01 },
      },
      warmUp: true,
      crl: "/var/run/secrets/istio/crl/ca-crl.pem",
      debounce: 100,
      followsLinks: true,
    },
    xds: {
      socket: "etc/istio/proxy/XDS",
      endpoint: DISCOVERY,
      headers: [["clusterid", ""]],
      token: TOKEN,
      subscribes: { nameTable: false, proxyConfig: false },
      checksExtensions: true,
      maxRequest: 4_194_304,
      maxStreams: 100_000,
      keepalive: KEEPALIVE,
    },
  });
});

test("a DNS proxy that is not there is a warning", async () => {
  const { warnings } = await startWith({ ISTIO_META_DNS_CAPTURE: "true" });
  expect(warnings.filter((text) => text.startsWith('Nothing is listening on "localhost:15053" (DNS_PROXY_ADDR)'))).toHaveLength(1);
});

test("resource files need nothing of a mesh", async () => {
  const files = { "xds/clusters.yaml": "resources: []", "xds/listeners.yaml": "resources: []" };
  const { launch } = await started("istio-1.30", { env: BASE, files }, ["sidecar", "--xds", "file:xds"]);
  expect(launch?.services.mesh).toBeUndefined();
});
