import { join } from "node:path";
import type { Network } from "../mesh/lab/pod.ts";
import { INJECTED } from "../redirection/arguments.ts";
import { REDIRECTING } from "../redirection/subject.ts";
import { must } from "./network.ts";

/** Redirects what a pod sends and receives to its sidecar, as the injector's init container does. */
export async function redirect({ enter }: Pick<Network, "enter">): Promise<void> {
  await must(...enter, REDIRECTING, ...INJECTED);
}

/** Starts the workload beside a sidecar. */
export async function startWorkload({ enter, address }: Network, port: number): Promise<AsyncDisposable> {
  const command = [...enter, process.execPath, join(import.meta.dir, "workload.ts"), address, String(port)];
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error("the workload has ended");
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Sends a request from the workload of a pod, and returns the text of the response, or the problem. */
export async function fromPod({ enter }: Network, url: string): Promise<string> {
  const child = Bun.spawn([...enter, process.execPath, "-e", `process.stdout.write(await (await fetch("${url}")).text())`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return (await child.exited) === 0 ? text : problem;
}
