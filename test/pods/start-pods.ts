import { ENVOY } from "../envoy/support.ts";
import type { Authority } from "../mesh/lab/authority.ts";
import { type Pod, type PodSetting, startPod } from "../mesh/lab/pod.ts";
import { BINARY } from "../support/subject.ts";
import type { Mode } from "./mode.ts";
import { addPodNetwork, CLIENT, forEveryUser, INGRESS, type PodNetwork, SERVER } from "./network.ts";

/** A pod of a mesh: what differs from the usual one. */
export type PodOptions = Partial<Omit<PodSetting, "network" | "authority">>;

/** What all pods of a mesh have. */
export interface PodsSetting {
  readonly mode: Mode;
  readonly authority: Authority;
  /** Addresses, `host:port`. */
  readonly discovery: string;
  readonly ca: string;
  /** Returns the token of a service account. */
  readonly token: (account: string) => string;
  /** Prepares the network of a pod. */
  readonly prepare?: (network: PodNetwork, name: string) => Promise<void>;
}

/** The pods of a mesh; they end with the scope. */
export interface Pods extends AsyncDisposable {
  /** Starts a pod by its name: `server`, `client` or `ingress`, which is a gateway; others are clients too. */
  readonly start: (name: string, options?: PodOptions) => Promise<Pod>;
}

/** The addresses that recorded resources name; others follow. */
const ADDRESSES: Readonly<Record<string, number>> = { server: SERVER, client: CLIENT, ingress: INGRESS };
let nextAddress = 30;

/** Prepares the pods of a mesh. */
export async function openPods({ mode, authority, discovery, ca, token, prepare }: PodsSetting): Promise<Pods> {
  const [envoy, attache] = await Promise.all([forEveryUser(ENVOY), forEveryUser(BINARY.command[0] ?? "")]);
  const pods: Pod[] = [];
  const networks: PodNetwork[] = [];
  return {
    async start(name, options = {}) {
      const network = await addPodNetwork(ADDRESSES[name] ?? nextAddress++);
      networks.push(network);
      await prepare?.(network, name);
      const { proxyConfig, environment, arguments: added = [], ...rest } = options;
      const pod = await startPod({
        command: [attache],
        authority,
        discovery,
        ca,
        name,
        role: name === "ingress" ? "router" : "sidecar",
        token: token(name),
        network,
        proxyConfig: { binaryPath: envoy, controlPlaneAuthPolicy: "MUTUAL_TLS", terminationDrainDuration: "0s", ...proxyConfig },
        environment: { SECRET_GRACE_PERIOD_RATIO_JITTER: "0", ...environment },
        arguments: [...mode.arguments, ...added],
        ...rest,
      });
      pods.push(pod);
      return pod;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pods.map((pod) => pod[Symbol.asyncDispose]()));
      for (const network of networks) await network[Symbol.asyncDispose]();
    },
  };
}
