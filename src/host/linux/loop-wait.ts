import { nodeFs } from "../files/libc-files.ts";
import { ffi, openLibc } from "./ffi.ts";

const POLLIN = 1;
const EPOLL = "anon_inode:[eventpoll]";

/** Waits until there is something for the event loop to do, timers aside, or the time is over. */
export type LoopWait = (milliseconds: number) => void;

/**
 * Returns a wait outside of the runtime: its epoll descriptor becomes readable with everything that would end the loop's own wait
 * (sockets, signals, children, other threads). Undefined where that descriptor is not the only one of its kind, or C cannot be called.
 */
export function loopWait(): LoopWait | undefined {
  const descriptor = epollDescriptor();
  if (descriptor === undefined || ffi === undefined) return undefined;
  // One struct pollfd: the descriptor, and the events in the lower half of the second number.
  const request = Int32Array.of(descriptor, POLLIN);
  const { poll } = openLibc({ poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });
  return (milliseconds) => void poll(request, 1, milliseconds);
}

/** Returns the only epoll descriptor of this process. */
function epollDescriptor(): number | undefined {
  const { readdirSync, readlinkSync } = nodeFs();
  const isEpoll = (name: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === EPOLL;
    } catch {
      return false; // The one that the list was read with is closed.
    }
  };
  const found = readdirSync("/proc/self/fd").filter(isEpoll);
  return found.length === 1 ? Number(found[0]) : undefined;
}
