import type { Cloud, CloudQuery } from "../inputs/questions.ts";

/** What is known about a machine before any network request. */
export interface CloudEvidence {
  /** Reads a firmware text by its file name in /sys/class/dmi/id. */
  readonly firmware: (name: string) => string | undefined;
  /** Reads the identity set by a hypervisor, for machines without firmware texts. */
  readonly hypervisor: () => string | undefined;
  /** Returns whether there is a route to the metadata address. */
  readonly isReachable: (cloud: Cloud) => boolean;
  /** Whether a setting names the GCE metadata server. */
  readonly isGceHostSet: boolean;
}

/** Returns the clouds this machine may run in: those that neither its firmware nor its routes rule out. */
export function possibleClouds(queries: readonly CloudQuery[], evidence: CloudEvidence): readonly CloudQuery[] {
  // A setting that names the GCE server implies GCE: other clouds are not searched.
  const named = evidence.isGceHostSet ? queries.find(({ cloud }) => cloud === "gcp") : undefined;
  if (named !== undefined) return [named];
  if (queries.every(({ when }) => when === "always")) return queries;
  const vendor = vendorOf(evidence);
  return queries.filter(({ cloud, when }) => {
    if (when === "always" || vendor === cloud) return true;
    if (when === "if-hinted") return cloud === "aws" && isEc2(evidence);
    return vendor === "unknown" && evidence.isReachable(cloud);
  });
}

/** Returns the vendor named by the firmware; `unknown` if there are no firmware texts. */
function vendorOf({ firmware }: CloudEvidence): Cloud | "other" | "unknown" {
  const texts = ["sys_vendor", "product_name", "product_version"].map(firmware).filter((text) => text !== undefined);
  if (texts.length === 0) return "unknown";
  const all = texts.join("\n");
  if (all.includes("Google")) return "gcp";
  if (all.toLowerCase().includes("amazon")) return "aws";
  return all.includes("Microsoft Corporation") ? "azure" : "other";
}

/** EC2 UUIDs start with "ec2". Only root can read the firmware's. */
function isEc2({ firmware, hypervisor }: CloudEvidence): boolean {
  return [firmware("product_uuid"), hypervisor()].some((uuid) => uuid?.toLowerCase().startsWith("ec2"));
}
