import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { isOwn } from "../linux/own-children.ts";
import { startReaper } from "../linux/reaper.ts";

/** Opens the reaper of orphans that are reparented to this process. */
export function openReaper({ log }: ServiceContext): Service {
  return untilInterrupted(startReaper({ isOwn, warn: (text) => log("warn", text) }));
}
