import type { FileRead } from "./inputs.ts";

/**
 * Returns why a file has no certificates, for a sentence that begins with its path; undefined if it has some, or is missing. Whether they can
 * be parsed is not checked: that would cost every start.
 */
export function certificateProblem(file: FileRead): string | undefined {
  if (file.kind === "unreadable") return `cannot be read: ${file.reason}`;
  if (file.kind === "missing") return undefined;
  const start = file.text.indexOf("-----BEGIN CERTIFICATE-----");
  if (start < 0) return "contains no certificate in PEM format";
  return file.text.includes("\n-----END CERTIFICATE-----", start)
    ? undefined
    : "contains no whole certificate: its first and its last line must be lines of their own";
}
