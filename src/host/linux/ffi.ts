import type { FFIFunction, Library } from "bun:ffi";

type Ffi = Pick<typeof import("bun:ffi"), "CString" | "dlopen" | "ptr" | "read">;

/**
 * The implementation of `bun:ffi`: the same functions and types, but an error is returned, not thrown. Importing the module instead adds
 * 0.4 ms and 0.1 MB to a start. The types of `Bun` omit it; a runtime without it gives `undefined`.
 */
export const ffi = (Bun as unknown as { readonly FFI?: Ffi }).FFI;

/** Opens functions of the C library. @throws Error when that fails: the FFI of the runtime needs its JIT, which can be forbidden */
export function openLibc<Functions extends Record<string, FFIFunction>>(functions: Functions): Library<Functions>["symbols"] {
  const library: Library<Functions> | Error | undefined = ffi?.dlopen("libc.so.6", functions);
  if (library === undefined || library instanceof Error) throw library ?? new Error("The runtime has no FFI");
  return library.symbols;
}
