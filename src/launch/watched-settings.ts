import { POD_ANNOTATIONS_PATH } from "../inputs/inputs.ts";
import type { Settings } from "../profiles/settings.ts";
import { bootstrapSource } from "./bootstrap-source.ts";

/**
 * Returns the files that `--watch` watches: mesh config, pod annotations, bootstrap override, and the user's template or
 * configuration. Some may not exist yet.
 */
export function watchedSettings(settings: Settings): readonly string[] {
  const source = bootstrapSource(settings);
  const named = [
    settings.invocation.flags.string("meshConfig"),
    POD_ANNOTATIONS_PATH,
    settings.variables.ISTIO_BOOTSTRAP_OVERRIDE,
    source.kind === "stock" ? "" : source.path,
  ];
  return [...new Set(named)].filter((path) => path !== "");
}
