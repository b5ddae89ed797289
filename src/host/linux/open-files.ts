import { type Limit, limitOf, RLIMIT, setLimit } from "./libc.ts";

/** The open file limits of a process. */
export interface OpenFiles extends Limit {
  /**
   * The soft limit before it was raised. For this process and its children that is usually the hard limit already: the runtime raises its
   * own at its start, and the original value cannot be read afterwards.
   */
  readonly before: number;
  /** The name of the error that kept it from being raised. */
  readonly problem?: string;
}

/**
 * Raises the soft limit of open files to the hard limit, for a process id or this process. Returns undefined when the limits cannot be
 * read.
 */
export function raiseOpenFiles(pid = 0): OpenFiles | undefined {
  const found = limitOf(pid, RLIMIT.openFiles);
  if (found === undefined) return undefined;
  const { soft, hard } = found;
  if (soft === hard) return { before: soft, soft, hard };
  const problem = setLimit(pid, RLIMIT.openFiles, { soft: hard, hard });
  return problem === undefined ? { before: soft, soft: hard, hard } : { before: soft, soft, hard, problem };
}
