/** A user-provided part of Envoy's configuration, with the setting that names its file. */
export interface UserConfiguration {
  /** `file`: used unchanged; `template`: rendered; `override`: merged by Envoy, which appends its lists. */
  readonly kind: "file" | "template" | "override";
  readonly path: string;
  readonly origin: string;
}

/** Returns a message's suffix that lists user-provided configuration, as one of these files may be the cause. */
export function userConfigurationText(parts: readonly UserConfiguration[]): string {
  return parts.map(({ kind, path, origin }) => `; ${ROLES[kind]} "${path}" (${origin})${kind === "override" ? APPENDED : ""}`).join("");
}

const ROLES = {
  file: "the configuration is",
  template: "the configuration is rendered from",
  override: "Envoy merges the override",
} as const;

const APPENDED = ", whose lists are appended";
