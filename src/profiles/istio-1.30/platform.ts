import type { FileRead } from "../../inputs/inputs.ts";
import type { Answers, CloudFacts, CloudQuery, Question } from "../../inputs/questions.ts";
import { AZURE_PATH, azureCompute } from "../../node/azure.ts";
import {
  definedMembers,
  GCE_PATHS,
  GCE_ZONE,
  gceMetadata,
  gcpValue,
  gcpZone,
  METADATA_TIMEOUT,
  nonEmptyMembers,
  type Platform,
  parseGcpMetadata,
  UNKNOWN_PLATFORM,
} from "../../node/platform.ts";
import { familiesOf, nodeAddresses } from "./addresses.ts";
import type { Settings, Variables } from "./contract.ts";

/** Its search domains contain the zone of a GCE instance. */
const RESOLVER = "/etc/resolv.conf";
const AWS = { region: "meta-data/placement/region", zone: "meta-data/placement/availability-zone", instanceId: "meta-data/instance-id" };
const IAM = "meta-data/iam/info";

const GCE_QUERY: CloudQuery = { cloud: "gcp", when: "if-possible", paths: GCE_PATHS, timeout: METADATA_TIMEOUT };
const AWS_QUERY: CloudQuery = { cloud: "aws", when: "always", paths: Object.values(AWS), timeout: 100 };
const AZURE_QUERY: CloudQuery = { cloud: "azure", when: "always", paths: [AZURE_PATH], timeout: METADATA_TIMEOUT };
/** Without CLOUD_PLATFORM all clouds are tried. EC2 is recognized by its role, Azure by its firmware. */
const EVERY_CLOUD: readonly CloudQuery[] = [
  GCE_QUERY,
  { ...AWS_QUERY, when: "if-possible", paths: [...AWS_QUERY.paths, IAM], proof: { path: IAM, contains: "arn:aws:iam" } },
  { ...AZURE_QUERY, when: "if-hinted" },
];

/** Returns the questions about the cloud: the one of CLOUD_PLATFORM, else all; with GCP_METADATA only the zone is missing (contract 1.30 §4.4). */
export function platformQuestions(settings: Pick<Settings, "inputs" | "annotations" | "variables">): readonly Question[] {
  const env = settings.variables;
  const { allV4 } = familiesOf(nodeAddresses(settings.inputs.interfaces, settings.variables.INSTANCE_IP, settings.annotations));
  const platform: Question = { kind: "platform", clouds: cloudsOf(env), ipv6: !allV4 };
  return asksResolver(env) ? [platform, { kind: "read", path: RESOLVER }] : [platform];
}

function cloudsOf(env: Variables): readonly CloudQuery[] {
  const named = namedIn(env);
  if (named === "none") return [];
  if (named === "aws") return [AWS_QUERY];
  if (named === "azure") return [AZURE_QUERY];
  const google: CloudQuery = { ...GCE_QUERY, when: named === "gcp" ? "always" : "if-possible" };
  if (staticMetadata(env) !== undefined) return env.GCP_ZONE === "" ? [{ ...google, paths: [GCE_ZONE] }] : [];
  return named === "gcp" ? [google] : EVERY_CLOUD;
}

/** Returns the cloud of CLOUD_PLATFORM; empty for no or an unknown one. */
function namedIn(env: Variables): string {
  const named = env.CLOUD_PLATFORM.toLowerCase();
  return ["none", "aws", "azure", "gcp"].includes(named) ? named : "";
}

function mayBeGcp(env: Variables): boolean {
  return ["", "gcp"].includes(namedIn(env));
}

/** Reports whether the zone may come from the search domains. */
function asksResolver(env: Variables): boolean {
  return mayBeGcp(env) && (env.GCP_ZONE === "" || staticMetadata(env) === undefined);
}

/** Returns what the cloud adds to the node (contract 1.30 §4.4). */
export function platformOf(env: Variables, answers: Answers): Platform {
  const facts = answers.platform();
  const fixed = staticMetadata(env);
  if (mayBeGcp(env) && (namedIn(env) === "gcp" || fixed !== undefined || facts.cloud === "gcp")) {
    const searched = asksResolver(env) ? zoneOfSearch(answers.read(RESOLVER)) : "";
    const metadata = fixed ?? gcpMetadata(facts);
    return gcp(metadata, (fixed && env.GCP_ZONE) || searched || gcpZone(facts) || "");
  }
  if (facts.cloud === "aws") return aws(facts.values);
  return facts.cloud === "azure" ? azure(facts.values[AZURE_PATH] ?? "") : UNKNOWN_PLATFORM;
}

function gcp(metadata: Platform["metadata"], zone: string): Platform {
  const region = /^([^-]+-[^-]+)-[^-]+$/.exec(zone)?.[1];
  return {
    metadata,
    // A text without the form of a zone is ignored.
    ...(region === undefined ? { zone: "", region: "" } : { zone, region }),
  };
}

function zoneOfSearch(file: FileRead): string {
  if (file.kind !== "text") return "";
  const found = file.text.split("\n").map((line) => /^search.* ([^-]+-[^-]+-[^-]+)\.c\.[^.]+\.internal/.exec(line)?.[1]);
  return found.find((zone) => zone !== undefined) ?? "";
}

/** Returns the metadata from variables, with empty parts of GCP_METADATA; undefined if there are none and the metadata server counts. */
function staticMetadata(env: Variables): Platform["metadata"] | undefined {
  if (env.GCP_METADATA === "") return undefined;
  const fixed = parseGcpMetadata(env.GCP_METADATA);
  const parts = fixed && {
    gcp_project: fixed.project,
    gcp_project_number: fixed.number,
    gcp_gke_cluster_name: fixed.cluster,
    gcp_location: fixed.location,
    gcp_gke_cluster_url: clusterUrl(fixed.project, fixed.location, fixed.cluster),
  };
  const metadata = { ...parts, ...nonEmptyMembers({ gcp_quota_project: env.GCP_QUOTA_PROJECT, gcp_zone: env.GCP_ZONE }) };
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

/** Returns the metadata from the metadata server, with empty values. */
function gcpMetadata(facts: CloudFacts): Platform["metadata"] {
  const reported = gceMetadata(facts);
  const served = definedMembers({ ...reported, gcp_gce_instance: gcpValue(facts, "instance/name") });
  const { gcp_project: project, gcp_location: location, gcp_gke_cluster_name: cluster } = reported;
  if (project === undefined || location === undefined || cluster === undefined) return served;
  return { ...served, gcp_gke_cluster_url: clusterUrl(project, location, cluster) };
}

function clusterUrl(project: string, location: string, cluster: string): string {
  return `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${cluster}`;
}

function aws(values: Readonly<Record<string, string>>): Platform {
  const [region = "", zone = ""] = [values[AWS.region], values[AWS.zone]];
  return {
    ...UNKNOWN_PLATFORM,
    metadata: nonEmptyMembers({ aws_region: region, aws_availability_zone: zone, aws_instance_id: values[AWS.instanceId] }),
    region,
    zone,
  };
}

/** A tag replaces a member with the same name. */
function azure(document: string): Platform {
  const { name, location, vmId, zone, tags } = azureCompute(document);
  const members = nonEmptyMembers({ azure_name: name, azure_location: location, azure_vmId: vmId });
  const tagged = Object.entries(tags).map(([tag, value]) => [`azure_${tag}`, value] as const);
  return { ...UNKNOWN_PLATFORM, metadata: { ...members, ...Object.fromEntries(tagged) }, region: location, zone };
}
