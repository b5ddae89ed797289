import type { Notice } from "../common/notice.ts";
import { joinHostPort, splitHostPort } from "../go/host-port.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import { textOf } from "./access.ts";
import type { Draft } from "./draft.ts";
import { sourceOf } from "./layer.ts";
import type { ProtoMessage } from "./schema.ts";

/** The name lookup a statsd address needs (spec 1.6 §5.4, 1.30 §5.3). */
export function lookupQuestions(draft: Draft): readonly Question[] {
  const split = splitHostPort(textOf(draft.merged, "statsdUdpAddress"));
  return split.ok ? [{ kind: "lookup", host: split.value.host }] : [];
}

/** The ProxyConfig of a draft with its statsd host resolved; one that cannot be is a warning, and statsd is off (spec 1.6 §5.4, 1.30 §5.3). */
export function resolveStatsd(draft: Draft, answers: Answers): { readonly config: ProtoMessage; readonly notices: readonly Notice[] } {
  const address = textOf(draft.merged, "statsdUdpAddress");
  if (address === "") return { config: draft.merged, notices: [] };
  const resolved = resolvedAddress(address, draft, answers);
  if (resolved.ok) return { config: { ...draft.merged, statsdUdpAddress: resolved.value }, notices: [] };
  const { statsdUdpAddress: _, ...config } = draft.merged;
  const { origin } = sourceOf(draft.sources, "statsdUdpAddress");
  const text = `Cannot resolve statsdUdpAddress "${address}" from ${origin}, statsd is off: ${resolved.error}`;
  return { config, notices: [{ level: "warn", text }] };
}

function resolvedAddress(address: string, draft: Draft, answers: Answers): Parsed<string> {
  const split = splitHostPort(address);
  if (!split.ok) return split;
  const refused = draft.invocation.profile.proxyConfig.statsdPortProblem(split.value.port);
  if (refused !== undefined) return bad(refused);
  const found = answers.lookup(split.value.host);
  if (!found.ok) return found;
  const chosen = found.value.find((each) => !each.includes(":")) ?? found.value.at(-1);
  return chosen === undefined ? bad(`no address for ${split.value.host}`) : ok(joinHostPort(chosen, split.value.port));
}
