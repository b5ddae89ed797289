import type { Position } from "../go/text-position.ts";

/** Where something that a start reads is given. */
export interface InputPlace {
  readonly kind: "argument" | "variable" | "annotation" | "label" | "mesh" | "override" | "machine";
  /** The name of the flag, variable, annotation or label. */
  readonly name: string;
  /** The way to a field in a document of settings. */
  readonly path?: readonly string[];
}

/** A place in a file that a person can open. */
export interface FilePlace extends Partial<Position> {
  readonly file: string;
}
