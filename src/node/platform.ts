import type { CloudFacts } from "../inputs/questions.ts";

/** What a cloud adds to a node's metadata and locality (contract 1.6 §6.6, 1.30 §4.4). */
export interface Platform {
  readonly metadata: Readonly<Record<string, string>>;
  readonly region: string;
  readonly zone: string;
}

export const UNKNOWN_PLATFORM: Platform = Object.freeze({ metadata: {}, region: "", zone: "" });

/** Parses the four parts of GCP_METADATA (`PROJECT|NUMBER|CLUSTER|LOCATION`); undefined for any other number of parts. */
export function parseGcpMetadata(
  text: string,
): { readonly project: string; readonly number: string; readonly cluster: string; readonly location: string } | undefined {
  const [project = "", number = "", cluster = "", location = "", ...more] = text.split("|");
  return more.length === 0 && text.split("|").length === 4 ? { project, number, cluster, location } : undefined;
}

/** Returns the members that are defined, including empty ones. */
export function definedMembers(members: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Returns the members that are not empty. */
export function nonEmptyMembers(members: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(definedMembers(members)).filter(([, value]) => value !== ""));
}

/** Returns a value of the GCE metadata server by its path below `computeMetadata/v1/`, trimmed except for attributes. */
export function gcpValue({ cloud, values }: CloudFacts, path: string): string | undefined {
  const value = cloud === "gcp" ? values[path] : undefined;
  return path.startsWith("instance/attributes/") ? value : value?.trim();
}

/** Returns the zone of a GCE instance, without the project in front of it. */
export function gcpZone(facts: CloudFacts): string | undefined {
  return gcpValue(facts, GCE_ZONE)?.split("/").at(-1);
}

export const GCE_ZONE = "instance/zone";

/** The paths to read from a GCE metadata server. */
export const GCE_PATHS: readonly string[] = [
  "project/project-id",
  "project/numeric-project-id",
  GCE_ZONE,
  "instance/id",
  "instance/name",
  "instance/attributes/cluster-name",
  "instance/attributes/cluster-location",
  "instance/attributes/instance-template",
  "instance/attributes/created-by",
];

/** Returns the metadata that both releases read from a GCE metadata server. */
export function gceMetadata(facts: CloudFacts) {
  return {
    gcp_project: gcpValue(facts, "project/project-id"),
    gcp_project_number: gcpValue(facts, "project/numeric-project-id"),
    gcp_gke_cluster_name: gcpValue(facts, "instance/attributes/cluster-name"),
    gcp_location: gcpValue(facts, "instance/attributes/cluster-location") ?? gcpZone(facts),
    gcp_gce_instance_id: gcpValue(facts, "instance/id"),
    gcp_gce_instance_template: gcpValue(facts, "instance/attributes/instance-template"),
    gcp_gce_instance_created_by: gcpValue(facts, "instance/attributes/created-by"),
  } as const;
}

/** Default timeout of a request to a metadata server, in milliseconds. */
export const METADATA_TIMEOUT = 5_000;
