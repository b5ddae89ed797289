import { type Limit, limitOf, RLIMIT, setLimit } from "./libc.ts";

/** The limits of open files of a process. */
export interface OpenFiles extends Limit {
  /**
   * The soft limit before the raise. For this process and its children that is usually the hard limit already: the
   * runtime raises its own at its start, and what the container had set is known to nobody after that.
   */
  readonly before: number;
  /** Why it could not be raised, as the name of the error. */
  readonly problem?: string;
}

/** Raises the soft limit of open files to the hard one, of Envoy by its process id or of this process. Undefined when the kernel does not tell it. */
export function raiseOpenFiles(pid = 0): OpenFiles | undefined {
  const found = limitOf(pid, RLIMIT.openFiles);
  if (found === undefined) return undefined;
  const { soft, hard } = found;
  if (soft === hard) return { before: soft, soft, hard };
  const problem = setLimit(pid, RLIMIT.openFiles, { soft: hard, hard });
  return problem === undefined ? { before: soft, soft: hard, hard } : { before: soft, soft, hard, problem };
}
