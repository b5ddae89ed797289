import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { lookIntoXds } from "./check-xds-files.ts";

/** Checks the files that Envoy takes its resources from. */
export function openXdsFiles({ agent, log }: ServiceContext): Service {
  const { xdsDirectory } = agent.services;
  return untilInterrupted(xdsDirectory === undefined ? () => {} : lookIntoXds(xdsDirectory, log));
}
