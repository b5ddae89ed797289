import { oneLine } from "./peer-text.ts";

/** Extensions of Envoy that a control plane of Istio configures, and what makes it leave them out. */
const LEFT_OUT_BY: readonly (readonly [extension: RegExp, setting: string])[] = [
  [/metadata/, "PILOT_ENABLE_METADATA_EXCHANGE=false"],
  [/alpn/, "PILOT_ENABLE_ALPN_FILTER=false"],
  [/stats/, "no default metrics provider (defaultProviders of its mesh config)"],
];

/** Returns what to do about a reason with which Envoy rejects resources, if it is that extensions are not in this Envoy; otherwise nothing. */
export function extensionAdvice(reason: string): string {
  const found = reason.matchAll(
    /Didn't find a registered (?:[a-z ]*)?implementation for (?:name: )?'([^']*)'(?: with type URL: '([^']*)')?/g,
  );
  const missing = [...found].map(([, name = "", typeUrl = ""]) => ({ name: name === "" ? typeUrl : name, typeUrl }));
  if (missing.length === 0) return "";
  const names = [...new Set(missing.map(({ name }) => JSON.stringify(name)))].join(", ");
  const settings = LEFT_OUT_BY.flatMap(([extension, setting]) =>
    missing.some(({ name, typeUrl }) => extension.test(`${name} ${typeUrl}`)) ? [setting] : [],
  );
  const remedy = settings.length === 0 ? "" : `, or configure istiod to leave it out: ${settings.join(", ")}`;
  return `; this Envoy has no extension ${oneLine(names)}: use the Envoy of Istio's proxy image, which has it${remedy}`;
}
