import { type Authority, createAuthority } from "../mesh/lab/authority.ts";
import { type ControlPlane, startControlPlane } from "../mesh/lab/control-plane.ts";
import type { ResourcesOf } from "../mesh/lab/resources.ts";
import { type Forwarder, startForwarder } from "./forwarder.ts";
import type { Mode } from "./mode.ts";
import { HOST, ISTIOD, openNetwork } from "./network.ts";
import { resourcesOf, WORKLOAD_PORT } from "./resources.ts";
import { openPods, type Pods, type PodsSetting } from "./start-pods.ts";

/** What differs between meshes. */
export interface MeshSetting {
  readonly mode: Mode;
  /** Seconds that certificates are valid for; they are replaced after half of them. */
  readonly lifetime?: number;
  /** Whether the certificate authority is down at the start. */
  readonly isCaDown?: boolean;
  /** Absent: those that work without a redirection of traffic in the pods. */
  readonly resources?: ResourcesOf;
  readonly prepare?: PodsSetting["prepare"];
}

/** A control plane, a certificate authority and a workload, each at the address of the test; everything ends with the scope. */
export interface Mesh extends AsyncDisposable {
  readonly authority: Authority;
  readonly ca: ControlPlane;
  readonly plane: ControlPlane;
  /** Pass on what pods send to the certificate authority and to the control plane. */
  readonly toCa: Forwarder;
  readonly toPlane: Forwarder;
  /** The client certificates of the requests that the workload has received, from a header of the server's sidecar. */
  readonly callers: ReadonlySet<string>;
  readonly pod: Pods["start"];
}

const PORTS = { ca: 15_013, plane: 15_012 } as const;

/** Returns the identity of a token `NAME` or `NAME.NUMBER`; others are denied. */
function identityOf(token: string): string | undefined {
  const [, name] = /^([a-z]+)(\.\d+)?$/.exec(token) ?? [];
  return name && `spiffe://cluster.local/ns/default/sa/${name}`;
}

/** Opens a mesh. */
export async function openMesh({
  mode,
  lifetime = 86_400,
  isCaDown = false,
  resources = resourcesOf,
  prepare,
}: MeshSetting): Promise<Mesh> {
  await openNetwork();
  const authority = await createAuthority();
  const stack = new AsyncDisposableStack();
  const common = { authority, identity: identityOf, host: HOST };
  const ca = stack.use(await startControlPlane({ ...common, tls: "server", resources: [], lifetime }));
  const plane = stack.use(await startControlPlane({ ...common, tls: mode.planeTls, resources }));
  if (isCaDown) ca.stop();
  const toCa = stack.use(startForwarder(HOST, PORTS.ca, () => ca.port));
  const toPlane = stack.use(startForwarder(HOST, PORTS.plane, () => plane.port));
  const callers = new Set<string>();
  const workload = Bun.serve({
    hostname: HOST,
    port: WORKLOAD_PORT,
    // A connection that is closed while Envoy sends a request on it would be a failure of the workload.
    idleTimeout: 0,
    fetch(request) {
      callers.add(request.headers.get("x-forwarded-client-cert") ?? "none");
      return new Response("hello from the workload\n");
    },
  });
  stack.defer(() => workload.stop(true));
  const addresses = { discovery: `${ISTIOD}:${PORTS.plane}`, ca: `${ISTIOD}:${PORTS.ca}` };
  const pods = stack.use(await openPods({ mode, authority, ...addresses, token: (name) => name, ...(prepare && { prepare }) }));
  return { authority, ca, plane, toCa, toPlane, callers, pod: pods.start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
