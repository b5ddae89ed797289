import { join } from "node:path";
import { place } from "./components.ts";

/** The directory of the cluster that runs; `inside.ts` names it. */
export const DIRECTORY = process.env["ATTACHE_KUBERNETES"] ?? "";

/** A program's end and what it wrote. */
interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Asks the cluster by its own command. @throws Error with what it wrote when it fails */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { status, out, err } = await tryKubectl(args);
  if (status !== 0) throw new Error(`kubectl ${args.join(" ")} ends with ${status}:\n${`${out}\n${err}`.slice(-3_000)}`);
  return out;
}

export async function tryKubectl(args: readonly string[], input = ""): Promise<Ended> {
  if (DIRECTORY === "") throw new Error("Cannot reach a cluster: these tests run by `npm run test:kubernetes`");
  const command = [join(DIRECTORY, "bin/kubectl"), `--kubeconfig=${place(DIRECTORY).kubeconfig}`, ...args];
  const child = Bun.spawn(command, { stdio: [Buffer.from(input), "pipe", "pipe"], env: { ...process.env, HOME: DIRECTORY } });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}
