import { splitHostPort } from "../go/host-port.ts";
import type { Question } from "../inputs/questions.ts";
import { textOf } from "../settings/access.ts";
import type { Draft } from "../settings/draft.ts";

/** The name lookup a statsd address needs (spec 1.6 §5.4, 1.30 §5.3). */
export function lookupQuestions(draft: Draft): readonly Question[] {
  const split = splitHostPort(textOf(draft.merged, "statsdUdpAddress"));
  return split.ok ? [{ kind: "lookup", host: split.value.host }] : [];
}
