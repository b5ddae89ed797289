import type { FFIFunction, Library } from "bun:ffi";

type Ffi = Pick<typeof import("bun:ffi"), "CString" | "dlopen" | "ptr" | "read">;

/**
 * What `bun:ffi` itself is made of: same functions, same types, but an error is a result. Importing the module instead takes
 * 0.4 ms of a start and 0.1 MB. The types of `Bun` leave it out; a runtime without it gives `undefined`.
 */
export const ffi = (Bun as unknown as { readonly FFI?: Ffi }).FFI;

/** Functions of the C library. @throws Error where they cannot be had; the runtime's FFI needs its JIT, which can be forbidden */
export function openLibc<Functions extends Record<string, FFIFunction>>(functions: Functions): Library<Functions>["symbols"] {
  const library: Library<Functions> | Error | undefined = ffi?.dlopen("libc.so.6", functions);
  if (library === undefined || library instanceof Error) throw library ?? new Error("The runtime has no FFI");
  return library.symbols;
}
