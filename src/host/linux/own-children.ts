const running = new Set<number>();

/** A child of this program, remembered until its end so that the reaper leaves it to the runtime. */
export function trackChild<Child extends Bun.Subprocess>(child: Child): Child {
  const { pid } = child;
  running.add(pid);
  child.exited.finally(() => running.delete(pid)).catch(() => {});
  return child;
}

export function isOwn(pid: number): boolean {
  return running.has(pid);
}
