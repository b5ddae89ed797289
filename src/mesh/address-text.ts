import { joinHostPort } from "../go/host-port.ts";
import type { Endpoint } from "./mesh-plan.ts";

/** Returns the address of a gRPC server for messages; an invalid one as it was given. */
export function addressText({ host, port, problem }: Pick<Endpoint, "host" | "port" | "problem">): string {
  return problem === undefined ? joinHostPort(host, String(port)) : host;
}
