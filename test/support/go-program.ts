import { existsSync } from "node:fs";

/** Where Go is installed if it is not on PATH. */
const USUAL_GO = "/usr/local/go/bin/go";

/** Returns the Go program. @throws Error that names what requires it */
export function goProgram(purpose: string): string {
  const go = Bun.which("go") ?? (existsSync(USUAL_GO) ? USUAL_GO : undefined);
  if (go === undefined) throw new Error(`Cannot ${purpose}: no Go on PATH or at "${USUAL_GO}"; it takes release 1.26`);
  return go;
}
