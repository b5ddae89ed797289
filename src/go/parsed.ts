/** What reading a text gave: its value, or the words Go would refuse it with. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/** A successful parse. */
export function ok<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A refused text; `error` is Go's exact wording. */
export function bad(error: string): Parsed<never> {
  return { ok: false, error };
}
