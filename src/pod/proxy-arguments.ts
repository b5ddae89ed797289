import { commandLineOf, type ProxyPod } from "./choose-proxy.ts";
import { expand } from "./container-environment.ts";
import { textAt } from "./shapes.ts";
import type { Unknowns } from "./unknown.ts";

/** The names of the program, which may follow those of others: `tini -- pilot-agent proxy`. */
const PROGRAMS = /(?:^|\/)(?:attache|pilot-agent)$/;

/** Returns the arguments of the agent from its command on (`proxy sidecar …`), with variables filled in as the kubelet does. */
export function proxyArguments({ container }: ProxyPod, variables: ReadonlyMap<string, string>, unknowns: Unknowns): readonly string[] {
  const words = commandLineOf(container).map((word) => expand(word, variables));
  const found = agentArguments(words);
  if (found !== undefined) return found;
  const name = textAt(container, "name") ?? "";
  const origin = words.length === 0 ? `image ${textAt(container, "image") ?? ""}` : "a script that this file only names";
  unknowns.add({ name: `arguments of container ${name}`, origin, standIn: "proxy" });
  return ["proxy"];
}

/** Returns the arguments of an agent from its command on; flags in front of the command follow it. Undefined if there is no such command. */
export function agentArguments(words: readonly string[]): readonly string[] | undefined {
  const command = words.indexOf("proxy");
  if (command < 0) return undefined;
  const program = words.slice(0, command).findLastIndex((word) => PROGRAMS.test(word));
  let start = command;
  while (start - 1 > program) {
    const taken = isFlag(words[start - 1]) ? 1 : start - 2 > program && takesValue(words[start - 2]) ? 2 : 0;
    if (taken === 0) break;
    start -= taken;
  }
  return ["proxy", ...words.slice(start, command), ...words.slice(command + 1)];
}

function isFlag(word: string | undefined): boolean {
  return word?.startsWith("--") === true && word.length > 2;
}

function takesValue(word: string | undefined): boolean {
  return isFlag(word) && word?.includes("=") === false;
}
