const running = new Set<number>();

/** Remembers a child process until it exits, so that the reaper leaves it to the runtime. */
export function trackChild<Child extends Bun.Subprocess>(child: Child): Child {
  const { pid } = child;
  running.add(pid);
  child.exited.finally(() => running.delete(pid)).catch(() => {});
  return child;
}

/** Returns whether the runtime started this child and waits for it. */
export function isOwn(pid: number): boolean {
  return running.has(pid);
}
