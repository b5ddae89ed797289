import { at, type Fields } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { place } from "./components.ts";
import { DIRECTORY } from "./kubectl.ts";
import { containerOf, nameOf } from "./objects.ts";

/** What is seen of an application's pods, from the beginning to after their end. */
export interface PodWatch extends Disposable {
  /** Every pod as it was seen last. */
  readonly pods: () => readonly Fields[];
  /** How a container of a pod ended, once that was seen. @throws Error with the pod's last status when it is not */
  readonly end: (pod: string, container: string) => Promise<Fields>;
}

/** Watches pods, as what they say at their end is gone with them. */
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

/** kubectl prints one document after another; a line that is a closing brace alone ends each. */
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
