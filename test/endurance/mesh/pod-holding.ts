import { readdirSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "../../container/container.ts";
import type { Pod } from "../../mesh/lab/pod.ts";
import { envoySockets, type Holding, holdingOf } from "../holding.ts";

/** Measures the agent of a pod. */
export function podHolding({ agent, directory }: Pod): Holding {
  const { pid } = agent;
  const files = [
    ...readdirSync(join(directory, "etc/istio/proxy"), { recursive: true }).map(String),
    ...readdirSync(join(directory, "var/run/secrets"), { recursive: true }).map(String),
    // A pod has shared memory and abstract sockets of its own.
    ...readdirSync(`/proc/${pid}/root/dev/shm`),
    ...envoySockets(`/proc/${pid}/net/unix`, "\\d+"),
  ];
  const envoys = childrenOf(pid).flatMap((child) => (child.name === "envoy" ? child.pid : []));
  return holdingOf(pid, envoys, files);
}
