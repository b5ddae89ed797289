import { optionValue } from "../../envoy/options.ts";
import type { UserConfiguration } from "../../envoy/user-configuration.ts";
import { parseDocument } from "../../inputs/document.ts";
import type { EpochPlan } from "../../launch/plan.ts";
import { tryReadText } from "../files/read-file.ts";

/** Returns the configuration documents that Envoy reads, each with the kinds of user-supplied configuration that it may be. */
export function readConfigurations({ bootstrap, configFile, options }: EpochPlan): readonly {
  readonly document: unknown;
  readonly kinds: readonly UserConfiguration["kind"][];
}[] {
  const texts = [
    { text: bootstrap ?? tryReadText(configFile), kinds: ["file", "template"] },
    { text: optionValue(options, "--config-yaml"), kinds: ["override"] },
  ] as const;
  return texts.flatMap(({ text, kinds }) => {
    const document = parseDocument(text ?? "");
    return document.ok ? [{ document: document.value, kinds }] : [];
  });
}
