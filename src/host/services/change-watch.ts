import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { watchForChanges } from "./watch-for-changes.ts";

/** Watches what a new epoch may be due for. */
export async function openChangeWatch({ agent, push, log }: ServiceContext): Promise<Service> {
  return untilInterrupted(await watchForChanges(agent.supervision.watch, push, log));
}
