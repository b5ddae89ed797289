import { type Service, untilInterrupted } from "../../commands/service.ts";

/** Milliseconds from a start until Envoy has had the CPU to itself, unless it is live before. */
const AFTER_START = 1_500;
/** Milliseconds from a live Envoy: what follows is done, and the runtime's own collection, 1 s after the start, finds little garbage. */
const AFTER_LIVE = 300;

/** Opens the release of memory that only a start or a hot restart needed, some time after it: compiled code and garbage. */
export function openMemoryTrimmer(): Service {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isSettled = false;
  const trimIn = (milliseconds: number) => {
    clearTimeout(timer);
    // This collects garbage as well, once nothing runs.
    timer = setTimeout(() => Bun.shrink(), milliseconds);
  };
  trimIn(AFTER_START);
  return untilInterrupted(() => clearTimeout(timer), {
    seen({ stage }) {
      const wasSettled = isSettled;
      isSettled = stage.kind === "running" && stage.newest.live;
      if (!wasSettled && isSettled) trimIn(AFTER_LIVE);
    },
  });
}
