import type { Log } from "../../common/notice.ts";
import type { CaptureConfig } from "../../iptables/capture-config.ts";
import type { Probe, TrafficHost } from "./traffic-host.ts";

type ProbeHost = Pick<TrafficHost, "probe">;

/** Checks that rules redirect connections of this process, which must run as the user of the proxy. */
export async function validate(config: CaptureConfig, host: ProbeHost, log: Log): Promise<boolean> {
  const isValid = await host.probe(probeOf(config), {
    listening: (address) => log("info", `Listening on ${address}`),
    notListening: (reason) => log("error", `Error on listening: ${reason}`),
    notConnected: (address, reason) => log("error", `Error connecting to ${address}: ${reason}`),
  });
  if (isValid) log("info", "Validation passed, iptables rules established");
  return isValid;
}

/** The same with the lines of release 1.6. */
export async function validatePlainly(config: CaptureConfig, host: ProbeHost, print: (line: string) => void): Promise<boolean> {
  print(`in new validator: ${config.hostAddress}`);
  const isValid = await host.probe(probeOf(config), {
    listening: (address) => print(`Listening on ${address}`),
    notListening: (reason) => print(`Error on listening: ${reason}`),
    notConnected: (address, reason) => print(`Error connecting to ${address}: ${reason}`),
  });
  print(isValid ? "validation passed" : "validation failed: validation timeout");
  return isValid;
}

function probeOf({ hostAddress, proxyPort, inboundPort, probePort: port, probeTimeout: timeout }: CaptureConfig): Probe {
  return { family: hostAddress.includes(":") ? 6 : 4, ports: [proxyPort, inboundPort], port, timeout };
}
