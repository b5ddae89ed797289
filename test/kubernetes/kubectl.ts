import { join } from "node:path";
import { place } from "./components.ts";

/** The directory of the running cluster, set by `inside.ts`. */
export const DIRECTORY = process.env["ATTACHE_KUBERNETES"] ?? "";

/** The exit status and output of a program. */
interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs kubectl on the cluster. @throws Error with its output if it fails */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { status, out, err } = await tryKubectl(args);
  if (status !== 0) throw new Error(`kubectl ${args.join(" ")} exits with ${status}:\n${`${out}\n${err}`.slice(-3_000)}`);
  return out;
}

export async function tryKubectl(args: readonly string[], input = ""): Promise<Ended> {
  if (DIRECTORY === "") throw new Error("Cannot reach a cluster: these tests run by `npm run test:kubernetes`");
  // By its variable, as a plug-in gets no flag that stands before its name.
  const env = { ...process.env, HOME: DIRECTORY, KUBECONFIG: place(DIRECTORY).kubeconfig };
  const child = Bun.spawn([join(DIRECTORY, "bin/kubectl"), ...args], { stdio: [Buffer.from(input), "pipe", "pipe"], env });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}
