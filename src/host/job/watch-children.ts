import { jobLibc } from "./job-libc.ts";

/** How a child has changed. */
export type Change =
  | { readonly kind: "ended"; readonly exit: { readonly code: number | null; readonly signal: number | null } }
  | { readonly kind: "stopped"; readonly signal: number };

const P_ALL = 0;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
/** Offsets in a `siginfo_t` of 128 bytes, in 32-bit words. */
const SI_CODE = 2;
const SI_PID = 4;
const SI_STATUS = 6;
const CLD_EXITED = 1;
const CLD_STOPPED = 5;

/**
 * Reports every exit and stop of a child, and reaps exited children, orphans included. The runtime must have no children of its own, as
 * their status would be lost.
 */
export function watchChildren(changed: (pid: number, change: Change) => void): void {
  process.on("SIGCHLD", () => {
    for (;;) {
      const info = new Int32Array(32);
      // The kernel leaves zeros when nothing has changed or there is no child.
      jobLibc().waitid(P_ALL, 0, info, WEXITED | WSTOPPED | WNOHANG);
      const { [SI_PID]: pid = 0, [SI_CODE]: code, [SI_STATUS]: status = 0 } = info;
      if (pid === 0) return;
      if (code === CLD_STOPPED) changed(pid, { kind: "stopped", signal: status });
      else changed(pid, { kind: "ended", exit: code === CLD_EXITED ? { code: status, signal: null } : { code: null, signal: status } });
    }
  });
}
