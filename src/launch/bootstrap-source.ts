import { ConfigError } from "../common/errors.ts";
import type { UserConfiguration } from "../envoy/user-configuration.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { Settings } from "../profiles/settings.ts";
import type { CommonConfig } from "../settings/common-config.ts";
import { sourceOf } from "../settings/source.ts";

/** Where Envoy's configuration comes from (contract 1.6 §8, 1.30 §7). */
export type BootstrapSource =
  | { readonly kind: "stock" }
  /** Envoy reads this file as it is; nothing is generated. */
  | { readonly kind: "custom"; readonly path: string; readonly origin: string }
  | { readonly kind: "template"; readonly path: string; readonly origin: string };

/** Returns the source: a custom file, ISTIO_BOOTSTRAP, --templateFile, the configured template, or the built-in one. */
export function bootstrapSource(settings: Settings): BootstrapSource {
  const { customConfigFile: custom = "", proxyBootstrapTemplatePath: template = "" } = settings.merged;
  if (custom !== "")
    return {
      kind: "custom",
      path: custom,
      origin: `customConfigFile in ${sourceOf(settings.sources, "customConfigFile").origin}`,
    };
  const candidates: readonly (readonly [string, string])[] = [
    [settings.variables.ISTIO_BOOTSTRAP, "ISTIO_BOOTSTRAP"],
    [settings.invocation.flags.string("templateFile"), "--templateFile"],
    [template, sourceOf(settings.sources, "proxyBootstrapTemplatePath").origin],
  ];
  const found = candidates.find(([path]) => path !== "");
  return found === undefined ? { kind: "stock" } : { kind: "template", path: found[0], origin: found[1] };
}

/** Returns the parts of the configuration that the user provides; `isOverridden`: Envoy merges an override into it. */
export function ownConfiguration(source: BootstrapSource, settings: Settings, isOverridden: boolean): readonly UserConfiguration[] {
  const override = isOverridden ? settings.variableText("ISTIO_BOOTSTRAP_OVERRIDE") : undefined;
  return [
    ...(source.kind === "stock"
      ? []
      : [{ kind: source.kind === "custom" ? "file" : source.kind, path: source.path, origin: source.origin } as const]),
    ...(override === undefined ? [] : [{ kind: "override", path: override, origin: "ISTIO_BOOTSTRAP_OVERRIDE" } as const]),
  ];
}

/** Adds --templateFile to the ProxyConfig, and so to the metadata, unless a custom file is set. */
export function withTemplateFlag(config: CommonConfig, settings: Settings): CommonConfig {
  const path = settings.invocation.flags.string("templateFile");
  return path === "" || (config.customConfigFile ?? "") !== "" ? config : { ...config, proxyBootstrapTemplatePath: path };
}

/** Returns the question for the source file: the plan contains a template, and needs the admin address of a custom file. */
export function sourceQuestions(source: BootstrapSource): readonly Question[] {
  return source.kind === "stock" ? [] : [{ kind: "read", path: source.path }];
}

/** Returns the suffix of the generated file, which is YAML if its template is. */
export function suffixOf(source: BootstrapSource): "json" | "yaml" {
  return source.kind === "template" && /\.yaml(\.tmpl)?$/.test(source.path) ? "yaml" : "json";
}

/** Returns the text of a template. @throws ConfigError, with the profile's status, for a file that cannot be read or a Go template with actions. */
export function templateText(source: Extract<BootstrapSource, { kind: "template" }>, answers: Answers, status: number): string {
  const file = answers.read(source.path);
  const refuse = (problem: string) =>
    new ConfigError(`Cannot use bootstrap template "${source.path}" (${source.origin})`, [problem], status);
  if (file.kind !== "text") throw refuse(file.kind === "missing" ? "no such file or directory" : file.reason);
  if (!source.path.endsWith(".eta") && file.text.includes("{{")) {
    const line = file.text.slice(0, file.text.indexOf("{{")).split("\n").length;
    throw refuse(
      `it is a Go template with actions ({{ … }}, first on line ${line}), which attache does not evaluate yet; use plain text, or an Eta template whose name ends in .eta`,
    );
  }
  return file.text;
}
