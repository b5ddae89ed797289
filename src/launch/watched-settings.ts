import { POD_ANNOTATIONS_PATH } from "../inputs/inputs.ts";
import type { Draft } from "../profiles/draft.ts";
import { bootstrapSource } from "./bootstrap-source.ts";

/**
 * The files a launch is planned from, which `--watch` looks after: mesh config, pod annotations, bootstrap override, and
 * the template or configuration of a person's own. Some may not be there yet.
 */
export function watchedSettings(draft: Draft): readonly string[] {
  const source = bootstrapSource(draft);
  const named = [
    draft.invocation.flags.string("meshConfig"),
    POD_ANNOTATIONS_PATH,
    draft.variables.ISTIO_BOOTSTRAP_OVERRIDE,
    source.kind === "stock" ? "" : source.path,
  ];
  return [...new Set(named)].filter((path) => path !== "");
}
