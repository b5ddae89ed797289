import { type MetadataFailure, metadataWait } from "../../mesh/metadata-retry.ts";
import type { Random } from "../../mesh/rotation.ts";
import { errorCode, reasonOf } from "../files/read-file.ts";
import { pause } from "./pause.ts";

/** Milliseconds that the metadata server has for one answer, as in the library that upstream uses. */
const FETCH_LIMIT = 5_000;

/** What a request needs: the longest answer in bytes, and what ends the request and the waits between tries. */
export interface MetadataRequest {
  readonly largest: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

type Answer = { readonly text: string | undefined } | { readonly failure: MetadataFailure; readonly problem: string };

/**
 * Reads a URL of the metadata server of GCE, again while it fails for a time. Returns undefined instead of an answer that is too long.
 * @throws Error
 */
export async function fetchMetadata(url: string, { largest, random, signal }: MetadataRequest): Promise<string | undefined> {
  for (let failures = 0; ; failures++) {
    const answer = await ask(url, largest, signal);
    if ("text" in answer) return answer.text;
    const wait = metadataWait(failures, answer.failure, random);
    if (wait !== undefined) await pause(wait, signal);
    if (wait === undefined || signal.aborted) throw new Error(answer.problem);
  }
}

async function ask(url: string, largest: number, closed: AbortSignal): Promise<Answer> {
  try {
    const signal = AbortSignal.any([closed, AbortSignal.timeout(FETCH_LIMIT)]);
    const answer = await fetch(url, { headers: { "Metadata-Flavor": "Google" }, signal });
    const text = await textOf(answer, largest);
    const { status } = answer;
    return status === 200 ? { text } : { failure: { status }, problem: `"${url}" answers status ${status}` };
  } catch (error) {
    const code = error instanceof Error && error.name === "TimeoutError" ? error.name : errorCode(error);
    const reason = reasonOf(error).replace(RUNTIME_WORDS, "").replaceAll("_", " ");
    return { failure: { code }, problem: `cannot read "${url}": ${reason}` };
  }
}

/** What the runtime adds to the reason of a failure: the URL, and advice for programmers. */
const RUNTIME_WORDS = /(?: fetching ".*"\.?)?(?: For more information, pass .*)?$/s;

async function textOf(answer: Response, largest: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // A loop that ends early cancels the rest.
  for await (const piece of answer.body ?? []) {
    size += piece.length;
    if (size > largest) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
