/** What the name of a secret refers to (contract 1.30 §13a). */
export type ResourceName =
  | { readonly kind: "certificate" }
  | { readonly kind: "root" }
  | { readonly kind: "file-cert"; readonly chain: string; readonly key: string }
  | { readonly kind: "file-root"; readonly path: string }
  | { readonly kind: "system-root" }
  /** The name of a file without its path; the real agent ends on it. */
  | { readonly kind: "no-path" }
  /** The workload certificate, under this name. */
  | { readonly kind: "other" };

/** The secret of the workload certificate. */
export const DEFAULT = "default";
/** The secret of the certificates that peers are verified with. */
export const ROOTCA = "ROOTCA";

/** Reads the name of a secret. A name of a file with the wrong number of `~` is not one. */
export function resourceName(name: string): ResourceName {
  if (name === DEFAULT) return { kind: "certificate" };
  if (name === ROOTCA) return { kind: "root" };
  if (name === "file-root:system") return { kind: "system-root" };
  const [, kind, text = ""] = /^(file-cert|file-root):(.*)$/s.exec(name) ?? [];
  const [path = "", key, ...more] = text.split("~");
  if (kind === "file-cert" && key !== undefined && more.length === 0)
    return path === "" || key === "" ? { kind: "no-path" } : { kind: "file-cert", chain: path, key };
  if (kind === "file-root" && key === undefined) return path === "" ? { kind: "no-path" } : { kind: "file-root", path };
  return { kind: "other" };
}
