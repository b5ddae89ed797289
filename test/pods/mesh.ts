import { ENVOY } from "../envoy/support.ts";
import { type Authority, createAuthority } from "../mesh/lab/authority.ts";
import { type ControlPlane, startControlPlane } from "../mesh/lab/control-plane.ts";
import { type Pod, type PodSetting, startPod } from "../mesh/lab/pod.ts";
import { BINARY } from "../support/subject.ts";
import { type Forwarder, startForwarder } from "./forwarder.ts";
import type { Mode } from "./mode.ts";
import { addPodNetwork, CLIENT, forEveryUser, HOST, INGRESS, openNetwork } from "./network.ts";
import { resourcesOf, WORKLOAD_PORT } from "./resources.ts";

/** What differs between meshes. */
export interface MeshSetting {
  readonly mode: Mode;
  /** Seconds that certificates are valid for; they are replaced after half of them. */
  readonly lifetime?: number;
  /** Whether the certificate authority is down at the start. */
  readonly isCaDown?: boolean;
}

/** A pod of a mesh: what differs from the usual one. */
export type PodOptions = Partial<Omit<PodSetting, "network" | "authority">>;

/** The identity of a token `NAME` or `NAME.NUMBER`. */
const identityOf = (token: string) =>
  /^[a-z]+(\.\d+)?$/.test(token) ? `spiffe://cluster.local/ns/default/sa/${token.split(".")[0]}` : undefined;

/** A control plane, a certificate authority and a workload, each at the address of the test; everything ends with the scope. */
export interface Mesh extends AsyncDisposable {
  readonly authority: Authority;
  readonly ca: ControlPlane;
  readonly plane: ControlPlane;
  /** Pass on what pods send to the certificate authority and to the control plane. */
  readonly toCa: Forwarder;
  readonly toPlane: Forwarder;
  /** The client certificates that the workload was told of, by the server's sidecar. */
  readonly callers: ReadonlySet<string>;
  /** Starts a pod by its name: `server`, `client` or `ingress`, which is a gateway; others are clients too. */
  readonly pod: (name: string, options?: PodOptions) => Promise<Pod & { readonly address: string }>;
}

const PORTS = { ca: 15_013, plane: 15_012 } as const;

/** The addresses that recorded resources name; others follow. */
const ADDRESSES: Readonly<Record<string, number>> = { server: 12, client: CLIENT, ingress: INGRESS };
let nextAddress = 30;

/** Opens a mesh. */
export async function openMesh({ mode, lifetime = 86_400, isCaDown = false }: MeshSetting): Promise<Mesh> {
  await openNetwork();
  const [envoy, attache] = await Promise.all([forEveryUser(ENVOY), forEveryUser(BINARY.command[0] ?? "")]);
  const authority = await createAuthority();
  const stack = new AsyncDisposableStack();
  const common = { authority, identity: identityOf, host: HOST };
  const ca = stack.use(await startControlPlane({ ...common, tls: "server", resources: [], lifetime }));
  const plane = stack.use(await startControlPlane({ ...common, tls: mode.planeTls, resources: resourcesOf }));
  if (isCaDown) ca.stop();
  const toCa = stack.use(startForwarder(HOST, PORTS.ca, () => ca.port));
  const toPlane = stack.use(startForwarder(HOST, PORTS.plane, () => plane.port));
  const pods: Pod[] = [];
  const callers = new Set<string>();
  const workload = Bun.serve({
    hostname: HOST,
    port: WORKLOAD_PORT,
    fetch(request) {
      callers.add(request.headers.get("x-forwarded-client-cert") ?? "none");
      return new Response("hello from the workload\n");
    },
  });
  stack.defer(() => workload.stop(true));
  return {
    authority,
    ca,
    plane,
    toCa,
    toPlane,
    callers,
    async pod(name, options = {}) {
      const network = stack.use(await addPodNetwork(ADDRESSES[name] ?? nextAddress++));
      const { proxyConfig, environment, arguments: words = [], ...rest } = options;
      const pod = await startPod({
        command: [attache],
        authority,
        discovery: `istiod.istio-system.svc:${PORTS.plane}`,
        ca: `istiod.istio-system.svc:${PORTS.ca}`,
        name,
        role: name === "ingress" ? "router" : "sidecar",
        token: name,
        network,
        proxyConfig: { binaryPath: envoy, controlPlaneAuthPolicy: "MUTUAL_TLS", ...proxyConfig },
        environment: { SECRET_GRACE_PERIOD_RATIO_JITTER: "0", ...environment },
        arguments: [...mode.words, ...words],
        ...rest,
      });
      pods.push(pod);
      return Object.assign(pod, { address: network.address });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pods.map((pod) => pod[Symbol.asyncDispose]()));
      await stack.disposeAsync();
    },
  };
}
