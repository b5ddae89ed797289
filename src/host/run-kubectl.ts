import type { Kubectl } from "../commands/kubectl/read-pod.ts";
import { errorCode, reasonOf } from "./files/read-file.ts";
import { trackChild } from "./linux/own-children.ts";

/** Runs the kubectl of PATH. It may ask for a login at the terminal, so it keeps our standard input and, unless quiet, standard error. */
export const runKubectl: Kubectl = async (args, quiet) => {
  let child: Bun.Subprocess<"inherit", "pipe", "pipe" | "inherit">;
  try {
    child = trackChild(Bun.spawn(["kubectl", ...args], { stdin: "inherit", stdout: "pipe", stderr: quiet ? "pipe" : "inherit" }));
  } catch (error) {
    return errorCode(error) === "ENOENT" ? { kind: "absent" } : { kind: "failed", reason: reasonOf(error) };
  }
  const words = child.stderr === undefined ? "" : child.stderr.text();
  const [text, said, status] = await Promise.all([child.stdout.text(), words, child.exited]);
  if (status === 0) return { kind: "done", text };
  const reason = child.signalCode === null ? `exit status ${status}` : `ended by ${child.signalCode}`;
  return { kind: "failed", reason: said.trim() === "" ? reason : said.trim() };
};
