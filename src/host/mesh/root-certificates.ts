import { errorText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import type { TlsPlan } from "../../mesh/mesh-plan.ts";
import { readPem } from "./read-bytes.ts";
import { fileIsGood, reportFile } from "./report-file.ts";
import { readSystemRoots } from "./system-roots.ts";
import { certificateTexts, isLoadable } from "./x509.ts";

type Roots = TlsPlan["roots"];

/** The runtime's message for root certificates of which one cannot be parsed. */
const INVALID_ROOTS = /^Invalid CA/;

/** Where a certificate begins. */
const BEGIN = /(?:^|\n)-----BEGIN (?:X509 )?CERTIFICATE-----[\t ]*\r?\n/;

/** The certificates (PEM, one each) that the last connection of a plan was made with. */
const lastUsed = new WeakMap<Roots, readonly string[]>();
/** The plans whose file is not read again. */
const kept = new WeakSet<Roots>();

/** Decides whether the next connections of a plan are made with the root certificates of the last one, or with those in the file then. */
export function keepRoots(roots: Roots, areKept: boolean): void {
  if (areKept) kept.add(roots);
  else kept.delete(roots);
}

/**
 * Calls a function with the root certificates (PEM, one each) that a server is verified with: those that are kept, else as they are in their file now.
 * If the file has none that can be parsed, those of the call before are used, with a warning: upstream's agent keeps them too.
 * @throws Error when there are none, and what the function throws
 */
export function withRoots(roots: Roots, log: Log, use: (ca: readonly string[]) => void): void {
  const last = lastUsed.get(roots);
  if (last !== undefined && kept.has(roots)) {
    use(last);
    return;
  }
  const problem = useNow(roots, use);
  if (problem === undefined) return;
  if (last === undefined) throw new Error(problem);
  reportFile(nameOf(roots), `Cannot use the root certificates now, using those read before: ${problem}`, log);
  use(last);
}

function nameOf(roots: Roots): string {
  return roots.kind === "file" ? roots.path : "SYSTEM";
}

/** Returns the root certificates (PEM) that the last connection of a plan was made with; empty before the first. */
export function rootsInUse(roots: Roots): string {
  return (lastUsed.get(roots) ?? []).join("");
}

/** Returns why a file has no root certificates; undefined if the function was called with them. */
function useNow(roots: Roots, use: (ca: readonly string[]) => void): string | undefined {
  const read = roots.kind === "file" ? readPem(roots.path) : readSystemRoots(roots);
  if (!read.ok) return read.error;
  const path = nameOf(roots);
  if (!BEGIN.test(read.value)) return `"${path}" contains no certificate`;
  const used = useParsed(read.value, use);
  if (used.length === 0) return `"${path}" contains no certificate that can be parsed`;
  lastUsed.set(roots, used);
  fileIsGood(path);
  return undefined;
}

/**
 * Calls a function with the certificates of a text, and returns them. One that cannot be parsed is left out, as by Go, but only after the
 * runtime has refused it: to parse all of them before would cost every start. The runtime gets each as a text of its own, since it stops
 * without a word at the first bad one that follows a good one in the same text.
 */
function useParsed(text: string, use: (ca: readonly string[]) => void): readonly string[] {
  const all = certificateTexts(text);
  try {
    if (all.length > 0) use(all);
    return all;
  } catch (error) {
    if (!INVALID_ROOTS.test(errorText(error))) throw error;
  }
  const usable = all.filter(isLoadable);
  if (usable.length > 0) use(usable);
  return usable;
}
