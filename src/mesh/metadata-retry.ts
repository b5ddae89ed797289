import type { Random } from "./rotation.ts";

/** How a request to the metadata server of GCE has failed: with a status other than 200, or the code or name of an error without an answer. */
export type MetadataFailure = { readonly status: number } | { readonly code: string };

/** Requests that follow the first. */
const REPEATED = 5;
/** The longest first wait, in milliseconds; that of each later one is twice as long. */
const FIRST = 100;
const TOO_MANY_REQUESTS = 429;
/** The server starts, or was not heard in time. */
const TEMPORARY: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "TimeoutError"]);

/**
 * Returns how long to wait before a request to the metadata server is made again, in milliseconds; undefined when it has failed for good.
 * `failures` counts those before this one. These are the rules of the library that upstream uses (cloud.google.com/go/compute/metadata).
 */
export function metadataWait(failures: number, failure: MetadataFailure, random: Random): number | undefined {
  if (failures >= REPEATED || !isTemporary(failure)) return undefined;
  return FIRST * 2 ** failures * random();
}

function isTemporary(failure: MetadataFailure): boolean {
  if ("code" in failure) return TEMPORARY.has(failure.code);
  return failure.status === TOO_MANY_REQUESTS || (failure.status >= 500 && failure.status <= 599);
}
