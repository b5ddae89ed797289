import type { Cloud, CloudQuery } from "../inputs/questions.ts";

/** What is known of a machine before the network is when. */
export interface CloudEvidence {
  /** A text of the firmware by its file name below /sys/class/dmi/id. */
  readonly firmware: (name: string) => string | undefined;
  /** The identity a hypervisor gives, for machines without firmware texts. */
  readonly hypervisor: () => string | undefined;
  /** Whether packets to the metadata address have anywhere to go. */
  readonly isReachable: (cloud: Cloud) => boolean;
  /** Whether a setting says where the GCE metadata server is. */
  readonly isGceNamed: boolean;
}

/** The clouds of a search that this machine may be in: those that neither its firmware nor its routes rule out. */
export function possibleClouds(queries: readonly CloudQuery[], evidence: CloudEvidence): readonly CloudQuery[] {
  // Whoever names a server is in that cloud: nothing else is looked for.
  const named = evidence.isGceNamed ? queries.find(({ cloud }) => cloud === "gcp") : undefined;
  if (named !== undefined) return [named];
  if (queries.every(({ when }) => when === "always")) return queries;
  const vendor = vendorOf(evidence);
  return queries.filter(({ cloud, when }) => {
    if (when === "always" || vendor === cloud) return true;
    if (when === "if-hinted") return cloud === "aws" && isEc2(evidence);
    return vendor === "unknown" && evidence.isReachable(cloud);
  });
}

/** The vendor that the firmware names; `unknown` where there are no such texts. */
function vendorOf({ firmware }: CloudEvidence): Cloud | "other" | "unknown" {
  const texts = ["sys_vendor", "product_name", "product_version"].map(firmware).filter((text) => text !== undefined);
  if (texts.length === 0) return "unknown";
  const all = texts.join("\n");
  if (all.includes("Google")) return "gcp";
  if (all.toLowerCase().includes("amazon")) return "aws";
  return all.includes("Microsoft Corporation") ? "azure" : "other";
}

/** Amazon's machines have identities of this form. Only root may read the firmware's. */
function isEc2({ firmware, hypervisor }: CloudEvidence): boolean {
  return [firmware("product_uuid"), hypervisor()].some((uuid) => uuid?.toLowerCase().startsWith("ec2"));
}
