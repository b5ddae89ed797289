import { ConfigError } from "../../common/errors.ts";
import { isObject } from "../../go/json.ts";
import { configMapNames } from "../../pod/config-map-names.ts";
import { type Mapping, mappingsAt, textAt } from "../../pod/shapes.ts";
import { newestReadyPod, selectorOf } from "./newest-ready-pod.ts";
import { isPod, type ObjectName } from "./object-name.ts";

/** How kubectl ended: its output, or why there is none. */
export type KubectlEnd =
  | { readonly kind: "done"; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "absent" };

/** Runs kubectl. What it says about a failure goes to standard error, or, if it is `quiet`, into the reason. */
export type Kubectl = (args: readonly string[], quiet: boolean) => Promise<KubectlEnd>;

/** How pods are read. */
export interface PodReading {
  readonly kubectl: Kubectl;
  /** The flags that choose the cluster, the user and the namespace. */
  readonly connection: readonly string[];
  /** The container of the proxy, if it is not the usual one. */
  readonly container: string | undefined;
  readonly warn: (text: string) => void;
}

/** A pod of a cluster with the ConfigMaps that its proxy reads, as one text. */
export interface ReadPod {
  /** Its name in messages: `pod/reviews-5b97cfb8f9-x2v4p`. */
  readonly name: string;
  readonly text: string;
}

/** Reads a pod, or the newest ready one of a workload. Only `kubectl get` is run. @throws ConfigError */
export async function readPod(wanted: ObjectName, reading: PodReading): Promise<ReadPod> {
  const found = parsed(await get(wanted, [wanted.resource, wanted.name], reading), wanted);
  const pod = isPod(wanted) ? found : await newestPodOf(found, wanted, reading);
  const name = `pod/${textAt(pod, "metadata", "name") ?? wanted.name}`;
  const items = [JSON.stringify(pod), ...(await configMapsOf(pod, name, reading))];
  return { name, text: `{"kind":"List","items":[${items.join(",")}]}` };
}

async function newestPodOf(workload: Mapping, wanted: ObjectName, reading: PodReading): Promise<Mapping> {
  const selector = selectorOf(workload);
  if (selector === undefined) throw new ConfigError(`Cannot find the proxy of ${wanted.text}`, ["it selects no pods"]);
  const list = parsed(await get(wanted, ["pods"], reading, `--selector=${selector}`), wanted);
  return newestReadyPod(workload, mappingsAt(list, "items"), wanted.text);
}

/** Returns the ConfigMaps of a pod's proxy. Those that cannot be read are unknown in the answer. */
async function configMapsOf(pod: Mapping, name: string, { kubectl, connection, container, warn }: PodReading): Promise<readonly string[]> {
  const names = configMapNames(pod, container);
  if (names.length === 0) return [];
  const end = await kubectl(["get", ...connection, "--output=json", "--ignore-not-found", "--", "configmaps", ...names], true);
  if (end.kind === "done") return end.text.trim() === "" ? [] : [end.text];
  warn(`Cannot read the ConfigMaps of ${name}, so their values are not known: ${end.kind === "failed" ? end.reason : NOT_FOUND}`);
  return [];
}

const NOT_FOUND = "kubectl is not in PATH";

async function get(
  wanted: ObjectName,
  objects: readonly string[],
  { kubectl, connection }: PodReading,
  ...more: readonly string[]
): Promise<string> {
  // After `--`, kubectl reads no flag in a name.
  const end = await kubectl(["get", ...connection, "--output=json", ...more, "--", ...objects], false);
  if (end.kind === "done") return end.text;
  throw new ConfigError(`Cannot read ${wanted.text} from the cluster`, [end.kind === "failed" ? `kubectl get: ${end.reason}` : NOT_FOUND]);
}

function parsed(text: string, { text: name }: ObjectName): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isObject(value)) return value;
  throw new ConfigError(`Cannot read ${name} from the cluster`, ["the output of kubectl is not an object in JSON"]);
}
