/** Recorded exchanges of xDS that are not replayed without a transport, and why. */
export const XDS_LEFT_ASIDE: Readonly<Record<string, string>> = {
  "xds/oversize": "the limit is kept by the transport",
  "xds/other_services": "the services of reflection are not served",
};
