/** The result of parsing a text: its value, or the error text Go would give. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/** Returns a successful result. */
export function ok<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** Returns a failed result; `error` is Go's exact wording. */
export function bad(error: string): Parsed<never> {
  return { ok: false, error };
}
