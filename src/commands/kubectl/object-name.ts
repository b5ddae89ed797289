import { UsageError } from "../../common/errors.ts";

/** The name of a pod, or of something that makes pods. */
export interface ObjectName {
  /** The resource of the API, with its group: `deployments.apps`. */
  readonly resource: string;
  readonly name: string;
  /** What it is called in messages: `deployment/reviews`. */
  readonly text: string;
}

interface Kind {
  readonly resource: string;
  readonly names: readonly string[];
}

const POD: Kind = { resource: "pods", names: ["pod", "pods", "po"] };

/** What makes pods, by all names that kubectl knows; the first is the one in messages. */
const KINDS: readonly Kind[] = [
  POD,
  { resource: "deployments.apps", names: ["deployment", "deployments", "deploy", "deployment.apps", "deployments.apps"] },
  { resource: "statefulsets.apps", names: ["statefulset", "statefulsets", "sts", "statefulset.apps", "statefulsets.apps"] },
  { resource: "daemonsets.apps", names: ["daemonset", "daemonsets", "ds", "daemonset.apps", "daemonsets.apps"] },
  { resource: "replicasets.apps", names: ["replicaset", "replicasets", "rs", "replicaset.apps", "replicasets.apps"] },
  { resource: "jobs.batch", names: ["job", "jobs", "job.batch", "jobs.batch"] },
];

const WORKLOADS = KINDS.slice(1)
  .map(({ names: [first] }) => `${first}/NAME`)
  .join(", ");

/** The name of an object. Nothing else is given to kubectl. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

/** Reads POD or TYPE/NAME. @throws UsageError */
export function objectName(word: string): ObjectName {
  const at = word.indexOf("/");
  const [type, name] = at < 0 ? ["pod", word] : [word.slice(0, at).toLowerCase(), word.slice(at + 1)];
  const kind = KINDS.find(({ names }) => names.includes(type));
  if (kind === undefined) throw new UsageError(`Cannot find the proxy of "${word}": give a pod, or ${WORKLOADS}`);
  if (!NAME.test(name)) throw new UsageError(`Cannot find the proxy of "${word}": "${name}" is not a valid name`);
  return { resource: kind.resource, name, text: `${kind.names[0]}/${name}` };
}

/** Reports whether it is a pod itself. */
export function isPod({ resource }: ObjectName): boolean {
  return resource === POD.resource;
}
