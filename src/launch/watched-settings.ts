import { POD_ANNOTATIONS_PATH } from "../inputs/inputs.ts";
import type { Settings } from "../profiles/settings.ts";
import { bootstrapSource } from "./bootstrap-source.ts";

/**
 * The files a launch is planned from, which `--watch` looks after: mesh config, pod annotations, bootstrap override, and
 * the template or configuration of a person's own. Some may not be there yet.
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
