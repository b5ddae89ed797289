import { newMemoryCgroup, type TestCgroup } from "../host/linux/limited-cgroup.ts";

/** Limits the memory of what runs with it, in bytes: of all its processes together, or of each where no cgroup can be created. */
export function memoryLimit(bytes: number): TestCgroup {
  try {
    return newMemoryCgroup(bytes);
  } catch {
    return processLimit(bytes);
  }
}

/** Limits the private writable memory of each process. The limit on address space does not fit: the runtime reserves much more than it uses. */
export function processLimit(bytes: number): TestCgroup {
  return { wrap: ["sh", "-c", `ulimit -d ${Math.floor(bytes / 1_024)} && exec "$@"`, "sh"], [Symbol.dispose]() {} };
}
