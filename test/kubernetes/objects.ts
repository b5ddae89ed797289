import { at, type Fields, list } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl, tryKubectl } from "./kubectl.ts";

/** More than ten times what a change in an idle cluster takes, in milliseconds. */
const LIMIT = 120_000;

/** Objects that are deleted at the end of the scope. */
export interface Deployed extends AsyncDisposable {
  /** Deletes them and waits until they are gone. Returns the duration in milliseconds. */
  readonly remove: () => Promise<number>;
}

/** Creates objects, like `kubectl apply`. @throws Error with the API server's message */
export async function deploy(...objects: readonly Fields[]): Promise<Deployed> {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const onAll = async (...args: readonly string[]) => {
    const { status, err } = await tryKubectl([...args, "-f", "-"], text);
    if (status !== 0) throw new Error(`kubectl ${args.join(" ")} exits with ${status}: ${err}`);
  };
  await onAll("apply");
  const remove = async () => {
    const started = performance.now();
    await onAll("delete", "--ignore-not-found", "--cascade=foreground", "--timeout=180s");
    return performance.now() - started;
  };
  return { remove, [Symbol.asyncDispose]: async () => void (await remove()) };
}

export async function object(kind: string, name: string): Promise<Fields> {
  return JSON.parse(await kubectl("get", kind, name, "-o", "json"));
}

export async function podsOf(app: string): Promise<readonly Fields[]> {
  return list(at(JSON.parse(await kubectl("get", "pods", "-l", `app=${app}`, "-o", "json")), "items"));
}

export function nameOf(value: unknown): string {
  return String(at(value, "metadata", "name"));
}

export function addressOf(pod: unknown): string {
  return String(at(pod, "status", "podIP"));
}

/** Returns the status of a pod's container or native sidecar. */
export function containerOf(pod: unknown, name: string): Fields {
  const all = [...list(at(pod, "status", "initContainerStatuses")), ...list(at(pod, "status", "containerStatuses"))];
  return all.find((status) => status["name"] === name) ?? {};
}

export function isReady(pod: unknown): boolean {
  return list(at(pod, "status", "conditions")).some(({ type, status }) => type === "Ready" && status === "True");
}

/** Returns an application's pods once so many are ready and no others exist. @throws Error with their status */
export async function readyPods(app: string, count: number): Promise<readonly Fields[]> {
  return eventually(async () => {
    const pods = await podsOf(app);
    if (pods.length === count && pods.every(isReady)) return pods;
    throw new Error(JSON.stringify(pods.map((pod) => at(pod, "status"))).slice(0, 3_000));
  }, LIMIT);
}

/** Returns the `terminated` state of a pod's container once it has ended, even if it was restarted. */
export async function ended(pod: string, container: string): Promise<Fields> {
  return eventually(async () => {
    const status = containerOf(await object("pod", pod), container);
    const end = at(status, "state", "terminated") ?? at(status, "lastState", "terminated");
    return end === undefined ? undefined : fieldsOf(end);
  }, LIMIT);
}

function fieldsOf(value: unknown): Fields {
  return list([value])[0] ?? {};
}
