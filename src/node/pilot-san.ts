/**
 * Returns the name in the control plane's certificate: the host of the discovery address up to its first colon (contract 1.6 §4.6, 1.30
 * §6.1).
 */
export function pilotSan(discoveryAddress: string): string {
  const host = discoveryAddress.split(":")[0] ?? "";
  return host === "localhost" ? "istiod.istio-system.svc" : host;
}
