import { containersOf, PROXY } from "./choose-proxy.ts";
import { type Mapping, mappingsAt, textAt } from "./shapes.ts";

/** Returns the names of the ConfigMaps that the container of a proxy reads: by its variables, and in the volumes that it mounts. */
export function configMapNames(pod: Mapping, container: string = PROXY): readonly string[] {
  const proxy = containersOf(pod).find((each) => textAt(each, "name") === container);
  const mounted = mappingsAt(proxy, "volumeMounts").map((mount) => textAt(mount, "name"));
  const volumes = mappingsAt(pod, "spec", "volumes").filter((volume) => mounted.includes(textAt(volume, "name")));
  const found = [
    ...mappingsAt(proxy, "envFrom").map((source) => textAt(source, "configMapRef", "name")),
    ...mappingsAt(proxy, "env").map((entry) => textAt(entry, "valueFrom", "configMapKeyRef", "name")),
    ...volumes.flatMap((volume) =>
      [volume, ...mappingsAt(volume, "projected", "sources")].map((each) => textAt(each, "configMap", "name")),
    ),
  ];
  return [...new Set(found.filter((name) => name !== undefined))];
}
