import type { XdsTools } from "../../src/host/mesh/proxy-stream.ts";

/** How streams are passed on to a control plane in plain text that wants no token, without subscriptions of the agent's own. */
export const PLAIN_XDS_PLAN: XdsTools["plan"] = {
  endpoint: { host: "istiod" },
  headers: [],
  token: { kind: "mock" },
  subscribes: { nameTable: false, proxyConfig: false },
  checksExtensions: true,
};
