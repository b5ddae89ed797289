import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { errorText } from "../../../src/common/errors.ts";
import { reasonOf } from "../../../src/host/files/read-file.ts";
import { controllerCgroup, MEMORY_FILES } from "../../../src/linux/cgroup.ts";

/** A memory cgroup of a test, below the one it runs in. */
export interface TestCgroup extends Disposable {
  /** Arguments of a shell that runs the program after them in the cgroup. */
  readonly wrap: readonly string[];
}

let made = 0;

/** Creates a memory cgroup with a limit in bytes and without swap. @throws Error with the kernel's reason */
export function newMemoryCgroup(limit: number): TestCgroup {
  const found = controllerCgroup("memory", readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
  const [own] = found?.directories ?? [];
  if (found === undefined || own === undefined) throw new Error("No memory cgroup is mounted");
  const directory = `${own}/attache-test-${process.pid}-${made++}`;
  const steps: readonly (readonly [what: string, act: () => void])[] = [
    ...(found.version === 2
      ? [[`write +memory to "${own}/cgroup.subtree_control"`, () => writeFileSync(`${own}/cgroup.subtree_control`, "+memory")] as const]
      : []),
    [`make "${directory}"`, () => mkdirSync(directory)],
    ["set its limit", () => writeFileSync(`${directory}/${MEMORY_FILES[found.version].limit}`, String(limit))],
  ];
  for (const [what, act] of steps) {
    try {
      act();
    } catch (error) {
      if (existsSync(directory)) rmdirSync(directory);
      throw new Error(`The kernel refuses to ${what}: ${reasonOf(error)}`);
    }
  }
  forbidSwap(directory, found.version);
  return {
    wrap: ["sh", "-c", `echo $$ > '${directory}/cgroup.procs' && exec "$@"`, "sh"],
    [Symbol.dispose]: () => removeCgroup(directory),
  };
}

const TRIES = 200;

/** Ends the processes left in a cgroup and removes it; the kernel needs a moment until an ended process has left. */
function removeCgroup(directory: string): void {
  for (let left = TRIES; ; left--) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
    for (const pid of readFileSync(`${directory}/cgroup.procs`, "utf8").split("\n")) if (pid !== "") endProcess(Number(pid));
    Bun.sleepSync(10);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Returns why no memory cgroup can be created, and prints it once; "" if one can. */
export function whyNoMemoryCgroup(limit: number): string {
  try {
    newMemoryCgroup(limit)[Symbol.dispose]();
    return "";
  } catch (error) {
    const why = errorText(error);
    console.warn(`No out-of-memory kill can be tried here. ${why}`);
    return why;
  }
}

/** Without swap accounting there is no limit to set. */
function forbidSwap(directory: string, version: 1 | 2): void {
  try {
    writeFileSync(`${directory}/${version === 1 ? "memory.swappiness" : "memory.swap.max"}`, "0");
  } catch {
    // Without the file, the program is killed later.
  }
}
