import type { CloudFacts } from "../inputs/questions.ts";

/** What a cloud adds to a node's metadata and locality (spec 1.6 §6.6, 1.30 §4.4). */
export interface Platform {
  readonly metadata: Readonly<Record<string, string>>;
  readonly region: string;
  readonly zone: string;
  /** Instance labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly kubernetes: boolean;
}

export const UNKNOWN_PLATFORM: Platform = Object.freeze({ metadata: {}, region: "", zone: "", labels: {}, kubernetes: true });

/** The four parts of GCP_METADATA (`PROJECT|NUMBER|CLUSTER|LOCATION`), used only if there are exactly four. */
export function gcpStatic(
  text: string,
): { readonly project: string; readonly number: string; readonly cluster: string; readonly location: string } | undefined {
  const [project = "", number = "", cluster = "", location = "", ...more] = text.split("|");
  return more.length === 0 && text.split("|").length === 4 ? { project, number, cluster, location } : undefined;
}

/** Members that are not empty. */
export function present(members: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  );
}

/** `us-east1-b` is in region `us-east1`. */
export function regionOfZone(zone: string): string {
  const at = zone.lastIndexOf("-");
  return at < 0 ? "" : zone.slice(0, at);
}

/** A value of the GCE metadata server by its path below `computeMetadata/v1/`; attributes are left as they are, with blanks. */
export function gcpValue(facts: CloudFacts, path: string): string {
  const value = facts.cloud === "gcp" ? (facts.values[path] ?? "") : "";
  return path.startsWith("instance/attributes/") ? value : value.trim();
}

/** The zone of a GCE instance; the server gives it with its project. */
export function gcpZone(facts: CloudFacts): string {
  return gcpValue(facts, "instance/zone").split("/").at(-1) ?? "";
}
