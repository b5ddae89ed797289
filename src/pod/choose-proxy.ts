import { ConfigError } from "../common/errors.ts";
import type { KubeObject } from "./read-objects.ts";
import { type Mapping, mappingAt, mappingsAt, textAt, textsAt } from "./shapes.ts";

/** The container of the proxy, if none is named. */
export const PROXY = "istio-proxy";

/** Where a kind has its pod: the pod itself, or the template that its controller makes pods of. */
export const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  Deployment: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** A pod with a proxy, and the container that it runs in. */
export interface ProxyPod {
  /** The object that has it, for messages. */
  readonly object: KubeObject;
  readonly isTemplate: boolean;
  readonly pod: Mapping;
  readonly container: Mapping;
}

/** What a person chooses among several pods and containers. */
export interface PodChoice {
  /** The name of a pod, with or without its namespace or kind (`namespace/name`, `deployment/name`). */
  readonly pod?: string;
  readonly container?: string;
}

interface Candidate {
  readonly object: KubeObject;
  readonly isTemplate: boolean;
  readonly pod: Mapping;
}

/** Returns the pod and the container of the proxy. @throws ConfigError if there is none, or more than one */
export function chooseProxy(file: string, objects: readonly KubeObject[], choice: PodChoice): ProxyPod {
  const refuse = (problem: string) => new ConfigError(`Cannot use "${file}"`, [problem]);
  const all = objects.flatMap(candidateOf);
  if (all.length === 0) throw refuse(`it contains no pod${kindsIn(objects)}`);
  const named = choice.pod === undefined ? all : all.filter(({ object }) => namesOf(object).includes(choice.pod ?? ""));
  if (named.length === 0) throw refuse(`it contains no pod "${choice.pod}": ${all.map(({ object }) => displayName(object)).join(", ")}`);
  const found = named.flatMap((candidate) => proxyOf(candidate, choice.container) ?? []);
  const [first, second] = found;
  if (first === undefined) throw refuse(withoutProxy(named, choice.container));
  if (second !== undefined)
    throw refuse(`it contains several proxies; choose one with --pod: ${found.map(({ object }) => choiceName(object, found)).join(", ")}`);
  return first;
}

/** Returns the containers of a pod. Init containers come first; those that keep running are native sidecars. */
export function containersOf(pod: Mapping): readonly Mapping[] {
  return [...mappingsAt(pod, "spec", "initContainers"), ...mappingsAt(pod, "spec", "containers")];
}

/** Returns the command line of a container, as far as its manifest has it. */
export function commandLineOf(container: Mapping): readonly string[] {
  return [...textsAt(container, "command"), ...textsAt(container, "args")];
}

/** Returns the name of an object for messages: `pod default/reviews`. */
export function displayName({ kind, name, namespace }: KubeObject): string {
  return `${kind.toLowerCase()} ${namespace === undefined ? "" : `${namespace}/`}${name ?? "without a name"}`;
}

function candidateOf(object: KubeObject): readonly Candidate[] {
  const path = POD_PATHS[object.kind];
  if (path === undefined) return [];
  return [{ object, isTemplate: path.length > 0, pod: mappingAt(object.value, ...path) }];
}

function proxyOf({ object, isTemplate, pod }: Candidate, wanted: string | undefined): ProxyPod | undefined {
  const container = containersOf(pod).find((each) => textAt(each, "name") === (wanted ?? PROXY));
  if (container === undefined || isUninjected(container)) return undefined;
  return { object, isTemplate, pod, container };
}

/** Reports whether a container is only the place that the injector fills, as in the chart of gateways. */
function isUninjected(container: Mapping): boolean {
  return textAt(container, "image") === "auto";
}

function withoutProxy(candidates: readonly Candidate[], wanted: string | undefined): string {
  const [first, ...others] = candidates;
  if (first === undefined || others.length > 0)
    return `none of its ${candidates.length} pods has a container "${wanted ?? PROXY}"; choose one with --container`;
  const name = displayName(first.object);
  const containers = containersOf(first.pod);
  const proxies = containers.filter((container) => commandLineOf(container).includes("proxy"));
  const isFillable = containers.some(isUninjected);
  if (isFillable || (first.isTemplate && wanted === undefined && proxies.length === 0)) return `${name} is not injected yet: give a pod`;
  const listed = (proxies.length > 0 ? proxies : containers).map((container) => textAt(container, "name") ?? "without a name");
  return `${name} has no container "${wanted ?? PROXY}"; choose one with --container: ${listed.join(", ")}`;
}

function namesOf({ kind, name, namespace }: KubeObject): readonly string[] {
  return name === undefined ? [] : [name, `${namespace ?? "default"}/${name}`, `${kind.toLowerCase()}/${name}`];
}

/** Returns the shortest name that no other proxy of the file has. */
function choiceName(object: KubeObject, all: readonly { readonly object: KubeObject }[]): string {
  const isUnique = (name: string) => all.filter((each) => namesOf(each.object).includes(name)).length === 1;
  return namesOf(object).find(isUnique) ?? displayName(object);
}

function kindsIn(objects: readonly KubeObject[]): string {
  const kinds = [...new Set(objects.map(({ kind }) => kind))].sort();
  return kinds.length === 0 ? "" : `, only ${kinds.join(", ")}`;
}
