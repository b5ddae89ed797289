import { parseIp } from "../go/ip.ts";
import type { InterfaceAddress } from "../inputs/inputs.ts";
import type { ProxyPod } from "./choose-proxy.ts";
import { fieldValue } from "./downward-value.ts";
import type { ProcessNetwork } from "./running-process.ts";
import { textAt } from "./shapes.ts";
import { STAND_IN_ADDRESS, type Unknowns } from "./unknown.ts";

const LOOPBACK: InterfaceAddress = { name: "lo", address: "127.0.0.1", loopback: true };

/** Returns the addresses of a pod's interfaces: those of its status. A pod in the network of its node has the node's, which are not known. */
export function podInterfaces(proxy: ProxyPod, unknowns: Unknowns): readonly InterfaceAddress[] {
  const addresses = fieldValue(proxy, "status.podIPs");
  if (textAt(proxy.pod, "spec", "hostNetwork") === "true") unknowns.add({ name: "network interfaces", origin: "the node's interfaces" });
  if (addresses.kind === "known") return withLoopback(addresses.text.split(","));
  unknowns.add({ name: "network interfaces", origin: addresses.origin, standIn: STAND_IN_ADDRESS.pod });
  return withLoopback([STAND_IN_ADDRESS.pod]);
}

/** Returns the addresses that a saved environment names: only INSTANCE_IP, if it is an address. */
export function savedInterfaces(instanceIp: string | undefined, unknowns: Unknowns): readonly InterfaceAddress[] {
  const origin = "the machine's interfaces";
  if (instanceIp !== undefined && parseIp(instanceIp) !== undefined) {
    unknowns.add({ name: "network interfaces other than that of INSTANCE_IP", origin });
    return withLoopback([instanceIp]);
  }
  unknowns.add({ name: "network interfaces", origin, standIn: STAND_IN_ADDRESS.pod });
  return withLoopback([STAND_IN_ADDRESS.pod]);
}

/** Returns the addresses of a running process, and notes what its tables leave open. */
export function interfacesOfProcess(network: ProcessNetwork | undefined, unknowns: Unknowns): readonly InterfaceAddress[] {
  const origin = "the network namespace of the process";
  if (network === undefined) {
    unknowns.add({ name: "network interfaces", origin, standIn: STAND_IN_ADDRESS.pod });
    return withLoopback([STAND_IN_ADDRESS.pod]);
  }
  for (const address of network.unplaced) unknowns.add({ name: `interface of ${address}`, origin });
  for (const name of network.unordered) unknowns.add({ name: `order of the addresses of ${name}`, origin });
  return network.interfaces;
}

function withLoopback(addresses: readonly string[]): readonly InterfaceAddress[] {
  return [LOOPBACK, ...addresses.map((address) => ({ name: "eth0", address, loopback: false }))];
}
