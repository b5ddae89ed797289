import type { InputPlace } from "../inputs/input-place.ts";
import type { Launch } from "./launch.ts";

/** Where an input comes from; each is left out in its own way. */
export type InputKind = "role" | "flag" | "unknown-flag" | "variable" | "field" | "annotation" | "label" | "mesh" | "address" | "override";

/** One thing that a start reads and that can be left out. */
export interface Input {
  readonly kind: InputKind;
  /** What it is called in answers: `--concurrency`, `POD_NAME`, `concurrency in PROXY_CONFIG`. */
  readonly label: string;
  /** Its own name: of the flag, the variable, the field or the annotation. */
  readonly name: string;
  /** The field of the ProxyConfig that it sets by this name; absent for what is not a field. */
  readonly field?: string;
  readonly place: InputPlace;
  /** What it sets, before anything is masked. */
  readonly given: unknown;
  /** Its value as answers show it: secrets masked, long texts truncated. */
  readonly value: string;
  readonly without: (launch: Launch) => Launch;
}
