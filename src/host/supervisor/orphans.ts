import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { startReaper } from "../care/reaper.ts";
import { isOwn } from "../own-children.ts";

/** Reaps the orphans that are handed to this process. */
export function openOrphans({ log }: ServiceContext): Service {
  return untilInterrupted(startReaper({ isOwn, warn: (text) => log("warn", text) }));
}
