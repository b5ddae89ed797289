import { type Service, untilInterrupted } from "../../commands/service.ts";

/** Milliseconds after which a start is complete and Envoy has had the CPU to itself. */
const DELAY = 1_500;

/** Opens the release of memory that only a start or a hot restart needed, some time after it: compiled code and garbage. */
export function openMemoryTrimmer(): Service {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBusy = false;
  const trimLater = () => {
    clearTimeout(timer);
    // This collects garbage as well, once nothing runs.
    timer = setTimeout(() => Bun.shrink(), DELAY);
  };
  trimLater();
  return untilInterrupted(() => clearTimeout(timer), {
    seen({ stage }) {
      const wasBusy = isBusy;
      isBusy = stage.kind !== "running";
      if (wasBusy && !isBusy) trimLater();
    },
  });
}
