/** Recorded exchanges of xDS that are not replayed without a transport, and why. */
export const XDS_LEFT_ASIDE: Readonly<Record<string, string>> = {
  "xds/agent_stops": "the connections are closed by the transport, when the agent ends",
  "xds/dropped": "the connection is lost in the transport",
  "xds/mute": "the connection is never made by the transport; its text names another step",
  "xds/oversize": "the limit is kept by the transport",
  "xds/refused": "the connection is refused in the transport; one of its texts differs in TLS",
  "xds/other_services": "the services of reflection are not served",
};
