import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IN_OWN_NETWORK } from "../bench/isolation.ts";
import { BINARY, ROOT } from "../support/subject.ts";
import { memoryLimit } from "./memory-limit.ts";

const LEFT_OUT: ReadonlySet<string> = new Set([".git", "node_modules", "dist"]);
/** A change can make a test hang, which counts as a failure. In milliseconds. */
export const LONGEST_RUN = 300_000;
/** A change can also make a program allocate without end, which must not take the memory of the machine. In bytes. */
const MOST_MEMORY = 4 * 1_073_741_824;

/** A copy of the project whose source can be changed without affecting the original. */
export interface ProjectCopy {
  readonly directory: string;
  /** Runs Bun there in a separate network namespace; returns whether it exited with 0 in time and with limited memory. `isShown`: its errors are printed. */
  readonly succeeds: (args: readonly string[], limit?: number, isShown?: boolean) => Promise<boolean>;
  readonly remove: () => void;
}

/** Copies everything except build output and downloads. */
export function copyProject(): ProjectCopy {
  const directory = mkdtempSync(join(tmpdir(), "attache-mutations-"));
  // Some tests run the program as another user.
  chmodSync(directory, 0o755);
  for (const name of readdirSync(ROOT)) if (!LEFT_OUT.has(name)) cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  const memory = memoryLimit(MOST_MEMORY);
  return {
    directory,
    async succeeds(args, limit = LONGEST_RUN, isShown = false) {
      const child = Bun.spawn([...memory.wrap, ...IN_OWN_NETWORK, process.execPath, ...args], {
        cwd: directory,
        // From source and compiled, the same code runs.
        env: { ...process.env, ATTACHE_TEST_SUBJECT: BINARY.name },
        stdio: ["ignore", "ignore", isShown ? "inherit" : "ignore"],
        detached: true,
      });
      // Processes started by a test end with it.
      const timer = setTimeout(() => process.kill(-child.pid, "SIGKILL"), limit);
      const status = await child.exited;
      clearTimeout(timer);
      return status === 0;
    },
    remove() {
      memory[Symbol.dispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
