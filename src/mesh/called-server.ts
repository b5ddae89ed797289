import type { Endpoint } from "./mesh-plan.ts";

/** A server of the mesh to which a call has failed, as far as the reason may depend on it. */
export interface CalledServer {
  readonly server: "CA" | "control-plane";
  readonly endpoint: Pick<Endpoint, "host" | "problem" | "tls">;
}
