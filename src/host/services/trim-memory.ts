import { type Service, untilInterrupted } from "../../commands/service.ts";
import type { WhenRoom } from "../linux/memory-room.ts";

/** Milliseconds from a start until Envoy has had the CPU to itself, unless it is live before. */
const AFTER_START = 1_500;
/** Milliseconds from a live Envoy: what follows is done, and the runtime's own collection, 1 s after the start, finds little garbage. */
const AFTER_LIVE = 300;

/** Opens the release of memory that only a start or a hot restart needed, some time after it: compiled code and garbage. */
export function openMemoryTrimmer(whenRoom: WhenRoom): Service {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isSettled = false;
  let isClosed = false;
  // This collects garbage as well, once nothing runs.
  const trim = () => (isClosed ? undefined : Bun.shrink());
  const trimIn = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => whenRoom(trim), milliseconds);
  };
  trimIn(AFTER_START);
  const close = () => {
    isClosed = true;
    clearTimeout(timer);
  };
  return untilInterrupted(close, {
    seen({ stage }) {
      const wasSettled = isSettled;
      isSettled = stage.kind === "running" && stage.newest.live;
      if (!wasSettled && isSettled) trimIn(AFTER_LIVE);
    },
  });
}
