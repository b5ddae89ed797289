import { at, type Fields } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { place } from "./components.ts";
import { DIRECTORY } from "./kubectl.ts";
import { containerOf, nameOf } from "./objects.ts";

/** The observed states of an application's pods, until after their end. */
export interface PodWatch extends Disposable {
  /** The last observed state of each pod. */
  readonly pods: () => readonly Fields[];
  /** Resolves with how a container of a pod ended. @throws Error with the pod's last status */
  readonly end: (pod: string, container: string) => Promise<Fields>;
}

/** Watches pods, because their final status is removed with them. */
export function watchPods(app: string): PodWatch {
  const command = [`${DIRECTORY}/bin/kubectl`, `--kubeconfig=${place(DIRECTORY).kubeconfig}`, "get", "pods", "-l", `app=${app}`];
  const child = Bun.spawn([...command, "--watch", "-o", "json"], { stdio: ["ignore", "pipe", "ignore"] });
  const seen = new Map<string, Fields>();
  void readAll(child.stdout, (pod) => seen.set(nameOf(pod), pod));
  return {
    pods: () => [...seen.values()],
    end: (pod, container) =>
      eventually(() => {
        const terminated = at(containerOf(seen.get(pod), container), "state", "terminated");
        if (terminated === undefined) throw new Error(JSON.stringify(at(seen.get(pod), "status")));
        return terminated as Fields; // a mapping, by the API
      }, 120_000),
    [Symbol.dispose]: () => child.kill(),
  };
}

/** Splits kubectl's documents, each of which ends with a line of a single closing brace. */
async function readAll(stream: ReadableStream<Uint8Array>, take: (document: Fields) => void): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n}\n"); end >= 0; end = text.indexOf("\n}\n")) {
      take(JSON.parse(text.slice(0, end + 3)));
      text = text.slice(end + 3);
    }
  }
}
