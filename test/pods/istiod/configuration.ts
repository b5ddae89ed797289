import { BY_SIDECAR, HOST } from "../network.ts";
import { SERVICE_ADDRESS, SERVICE_PORT, WORKLOAD_PORT } from "../resources.ts";

function networking(kind: string, name: string, spec: object): object {
  return { apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "default" }, spec };
}

function routeTo(host: string, port: number, more: object = {}): object {
  const http = [{ route: [{ destination: { host, port: { number: port } } }], ...more }];
  return networking("VirtualService", "ingress", { hosts: ["*"], gateways: ["ingress"], http });
}

const GATEWAY = networking("Gateway", "ingress", {
  selector: { istio: "ingress" },
  servers: [{ port: { number: SERVICE_PORT, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
});

/** A gateway to a service outside the mesh: a proxy needs no certificate for it. */
export const OUTSIDE: readonly object[] = [
  networking("ServiceEntry", "outside", {
    hosts: ["outside.example"],
    location: "MESH_EXTERNAL",
    resolution: "STATIC",
    ports: [{ number: WORKLOAD_PORT, name: "http", protocol: "HTTP" }],
    endpoints: [{ address: HOST }],
  }),
  GATEWAY,
  routeTo("outside.example", WORKLOAD_PORT),
];

const STRICT = {
  apiVersion: "security.istio.io/v1",
  kind: "PeerAuthentication",
  metadata: { name: "default", namespace: "istio-system" },
  spec: { mtls: { mode: "STRICT" } },
};

/** A service of the mesh with one workload, a gateway to it, and mTLS everywhere. Responses through the gateway have a header with a revision. */
export function meshObjects(revision = 1): readonly object[] {
  return [
    networking("ServiceEntry", "server", {
      hosts: [BY_SIDECAR],
      addresses: [SERVICE_ADDRESS],
      location: "MESH_INTERNAL",
      resolution: "STATIC",
      ports: [{ number: SERVICE_PORT, name: "http", protocol: "HTTP" }],
      workloadSelector: { labels: { app: "server" } },
    }),
    networking("WorkloadEntry", "server", { address: "10.77.0.12", labels: { app: "server" }, serviceAccount: "server" }),
    GATEWAY,
    routeTo(BY_SIDECAR, SERVICE_PORT, { headers: { response: { set: { "x-revision": String(revision) } } } }),
    STRICT,
  ];
}

/** Writes objects as a file of configuration. */
export function documents(objects: readonly object[]): string {
  return objects.map((each) => `${JSON.stringify(each)}\n`).join("---\n");
}
