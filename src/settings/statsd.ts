import type { Notice } from "../common/notice.ts";
import { joinHostPort, splitHostPort } from "../go/host-port.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { CommonConfig } from "./common-config.ts";

/** Returns the name lookup that a statsd address needs (contract 1.6 §5.4, 1.30 §5.3). */
export function lookupQuestions({ statsdUdpAddress = "" }: CommonConfig): readonly Question[] {
  const split = splitHostPort(statsdUdpAddress);
  return split.ok ? [{ kind: "lookup", host: split.value.host }] : [];
}

/** How a statsd address is resolved. */
export interface StatsdRules {
  /** What set the address, for messages. */
  readonly origin: string;
  /** Returns why a port switches statsd off, if it does. */
  readonly portProblem: (port: string) => string | undefined;
}

/** Resolves the statsd host of a ProxyConfig; failure is a warning and switches statsd off (contract 1.6 §5.4, 1.30 §5.3). */
export function resolveStatsd(
  given: CommonConfig,
  rules: StatsdRules,
  answers: Answers,
): { readonly config: CommonConfig; readonly notices: readonly Notice[] } {
  const { statsdUdpAddress: address = "", ...config } = given;
  if (address === "") return { config: given, notices: [] };
  const resolved = resolvedAddress(address, rules, answers);
  if (resolved.ok) return { config: { ...config, statsdUdpAddress: resolved.value }, notices: [] };
  const text = `Cannot resolve statsdUdpAddress "${address}" from ${rules.origin}, statsd is disabled: ${resolved.error}`;
  return { config, notices: [{ level: "warn", text }] };
}

function resolvedAddress(address: string, { portProblem }: StatsdRules, answers: Answers): Parsed<string> {
  const split = splitHostPort(address);
  if (!split.ok) return split;
  const refused = portProblem(split.value.port);
  if (refused !== undefined) return bad(refused);
  const found = answers.lookup(split.value.host);
  if (!found.ok) return found;
  const chosen = found.value.find((each) => !each.includes(":")) ?? found.value.at(-1);
  return chosen === undefined ? bad(`no address for ${split.value.host}`) : ok(joinHostPort(chosen, split.value.port));
}
