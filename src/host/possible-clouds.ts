import type { Inputs } from "../inputs/inputs.ts";
import type { Cloud } from "../inputs/questions.ts";
import { leadsTo } from "../node/routes.ts";
import { textIn } from "./read-file.ts";

/** Where the metadata services of all clouds listen. */
export const METADATA_ADDRESS = "169.254.169.254";
/** The same as the routing table has it: little-endian. */
const METADATA_NUMBER = 0xfea9fea9;

/**
 * Those of the clouds that this machine may be in: neither its vendor nor the routing table rules an answer out. Apart from
 * `cloud.ts`, which asks the network, so that a machine in no cloud need not load that.
 */
export function possibleClouds(clouds: readonly Cloud[], inputs: Inputs): readonly Cloud[] {
  const vendor = vendorCloud();
  const isNamed = (inputs.environment.get("GCE_METADATA_HOST") ?? "") !== "";
  const mayBeAny = vendor === "unknown" && isReachable(inputs);
  return clouds.filter((cloud) => vendor === cloud || (cloud === "gcp" && isNamed) || (cloud !== "azure" && mayBeAny));
}

/** The vendor that the machine's firmware names; `unknown` where there is no such information. */
function vendorCloud(): Cloud | "other" | "unknown" {
  const texts = ["sys_vendor", "product_name", "product_version"].map(dmi).filter((text) => text !== undefined);
  if (texts.length === 0) return "unknown";
  const all = texts.join("\n");
  if (all.includes("Google")) return "gcp";
  if (all.toLowerCase().includes("amazon")) return "aws";
  return all.includes("Microsoft Corporation") ? "azure" : "other";
}

function dmi(name: string): string | undefined {
  return textIn(`/sys/class/dmi/id/${name}`)?.trim();
}

/** Whether packets to the metadata address have anywhere to go: an own address, or a route. */
export function isReachable(inputs: Inputs): boolean {
  if (inputs.interfaces.some(({ address }) => address === METADATA_ADDRESS)) return true;
  const routes = textIn("/proc/net/route");
  return routes === undefined || leadsTo(routes, METADATA_NUMBER);
}
