import { type Service, untilInterrupted } from "../../commands/service.ts";
import type { WhenRoom } from "../../linux/cgroup.ts";
import { shrink } from "../shrink.ts";

/** Milliseconds until memory is released: from a start, unless Envoy is live before, and from a live Envoy. */
export interface TrimDelays {
  readonly afterStart: number;
  readonly afterLive: number;
}

/** What follows a live Envoy is done, and the runtime's own collection, 1 s after the start, finds little garbage. */
export const AFTER_LIVE: TrimDelays = { afterStart: 1_500, afterLive: 300 };
/** In a mesh, Envoy's configuration is received meanwhile: code that was dropped before would be needed again. */
export const AFTER_CONFIGURATION: TrimDelays = { afterStart: 20_000, afterLive: 20_000 };

/** Opens the release of memory that only a start or a hot restart needed, some time after it: compiled code and garbage. */
export function openMemoryTrimmer(whenRoom: WhenRoom, { afterStart, afterLive }: TrimDelays): Service {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isSettled = false;
  let isClosed = false;
  const trim = () => (isClosed ? undefined : shrink());
  const trimIn = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => whenRoom(trim), milliseconds);
  };
  trimIn(afterStart);
  const close = () => {
    isClosed = true;
    clearTimeout(timer);
  };
  return untilInterrupted(close, {
    seen({ stage }) {
      const wasSettled = isSettled;
      isSettled = stage.kind === "running" && stage.newest.live;
      if (!wasSettled && isSettled) trimIn(afterLive);
    },
  });
}
