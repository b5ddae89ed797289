/** A generated change that makes no difference anybody could see, and why; every other survivor needs a test. */
export interface Equivalent {
  readonly file: string;
  /** The lines it changes, white space folded. */
  readonly from: string;
  /** What the changed part becomes. */
  readonly to: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];
