import { type Service, untilInterrupted } from "../../commands/service.ts";

/** When what was under way is over and Envoy has its share of the processor, in milliseconds. */
const AFTER = 1_500;

/** Gives back the memory that only a start or a hot restart has needed, some time after it: code that has run and what it left. */
export function openMemoryTrimmer(): Service {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBusy = false;
  const trimLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      Bun.shrink();
      Bun.gc(true);
    }, AFTER);
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
