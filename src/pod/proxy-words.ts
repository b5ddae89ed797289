import { type ProxyPod, wordsOf } from "./choose-proxy.ts";
import { expand } from "./container-environment.ts";
import { textAt } from "./shapes.ts";
import type { Unknowns } from "./unknown.ts";

/** Returns the arguments of the agent from its command on (`proxy sidecar …`), with variables filled in as the kubelet does. */
export function proxyWords({ container }: ProxyPod, variables: ReadonlyMap<string, string>, unknowns: Unknowns): readonly string[] {
  const words = wordsOf(container).map((word) => expand(word, variables));
  const start = words.indexOf("proxy");
  if (start >= 0) return words.slice(start);
  const name = textAt(container, "name") ?? "";
  const origin = words.length === 0 ? `image ${textAt(container, "image") ?? ""}` : "a script that this file only names";
  unknowns.add({ name: `arguments of container ${name}`, origin, standIn: "proxy" });
  return ["proxy"];
}
