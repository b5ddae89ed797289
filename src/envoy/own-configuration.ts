/** A part of Envoy's configuration that is a person's own, with the setting that names its file. */
export interface OwnConfiguration {
  /** `file`: read as it is; `template`: rendered; `override`: merged into the rest by Envoy, which appends its lists. */
  readonly kind: "file" | "template" | "override";
  readonly path: string;
  readonly origin: string;
}

/** Returns what a message adds about the parts of a configuration that are a person's own, as one of them may be the cause. */
export function ownText(parts: readonly OwnConfiguration[]): string {
  return parts.map(({ kind, path, origin }) => `; ${ROLES[kind]} "${path}" (${origin})${kind === "override" ? APPENDED : ""}`).join("");
}

const ROLES = {
  file: "the configuration is",
  template: "the configuration is rendered from",
  override: "Envoy merges the override",
} as const;

const APPENDED = ", whose lists are appended";
