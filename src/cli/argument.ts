/** One argument, classified by its text alone, without a table of flags. */
export type Argument =
  /** `--name`, or `--name=value`. */
  | { readonly kind: "long"; readonly text: string; readonly name: string; readonly value: string | undefined }
  /** `-x`, `-xyz`. */
  | { readonly kind: "short"; readonly text: string }
  /** `--`, which ends the flags. */
  | { readonly kind: "end"; readonly text: string }
  /** `---x` or `--=x`. */
  | { readonly kind: "malformed"; readonly text: string }
  | { readonly kind: "positional"; readonly text: string };

/** Classifies one argument of a command line. */
export function argumentOf(text: string): Argument {
  if (!text.startsWith("-") || text === "-") return { kind: "positional", text };
  if (!text.startsWith("--")) return { kind: "short", text };
  if (text === "--") return { kind: "end", text };
  if (text[2] === "-" || text[2] === "=") return { kind: "malformed", text };
  const at = text.indexOf("=");
  return at < 0
    ? { kind: "long", text, name: text.slice(2), value: undefined }
    : { kind: "long", text, name: text.slice(2, at), value: text.slice(at + 1) };
}
