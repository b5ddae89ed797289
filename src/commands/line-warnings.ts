import type { Finding } from "../explain/finding.ts";
import { maskSecrets } from "../secrets/mask.ts";
import type { CommandCall } from "./command.ts";
import { noticesOf } from "./command-line-messages.ts";
import { rootFlags } from "./flags.ts";
import type { ProxyLine } from "./invocation-of.ts";
import type { Subject } from "./subject.ts";

/** What decides the warnings about the arguments of a proxy. */
const PROXY = { name: "proxy", arguments: "", follows: "proxy" } as const;

/** Returns the warnings about the command line of a proxy. That of this machine is the one of the call. */
export function lineWarnings({ isElsewhere }: Subject, line: ProxyLine, call: CommandCall): readonly Finding[] {
  const { choice, unknownFlags, invocation } = line;
  const table = [...rootFlags(choice.profile), ...choice.profile.proxyFlags];
  const positionals = invocation.role === undefined ? [] : [invocation.role];
  const notices = isElsewhere ? noticesOf({ unknown: unknownFlags, positionals }, table, choice, PROXY) : call.notices;
  return notices.map(({ text }) => ({ rule: "attache-warning", level: "warning", message: maskSecrets(text), causes: [], notes: [] }));
}
