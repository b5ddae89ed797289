import type { Environment } from "../../inputs/environment.ts";
import type { FileRead } from "../../inputs/inputs.ts";
import type { Answers, Cloud, CloudFacts, Question } from "../../inputs/questions.ts";
import { gcpStatic, gcpValue, gcpZone, type Platform, present, UNKNOWN_PLATFORM } from "../../node/platform.ts";
import type { Draft } from "../../settings/draft.ts";
import { familiesOf, nodeAddresses } from "./addresses.ts";
import { type Variables, variablesOf } from "./variables.ts";

/** The search domains of a GCE instance name its zone. */
const RESOLVER = "/etc/resolv.conf";

/** What to ask of the clouds: the one CLOUD_PLATFORM names, else all; GCP_METADATA and GCP_ZONE leave nothing to ask (spec 1.30 §4.4). */
export function platformQuestions(draft: Draft): readonly Question[] {
  const env = variablesOf(draft);
  const { allV4 } = familiesOf(nodeAddresses(draft.inputs, draft.annotations));
  const platform: Question = { kind: "platform", clouds: cloudsOf(env), ipv6: !allV4 };
  return asksResolver(env) ? [platform, { kind: "read", path: RESOLVER }] : [platform];
}

/** Whether the zone is all that is not known of a GCP. */
function asksResolver(env: Variables): boolean {
  return env.GCP_METADATA !== "" && env.GCP_ZONE === "" && mayBeGcp(env);
}

function mayBeGcp(env: Variables): boolean {
  return !["none", "aws", "azure"].includes(env.CLOUD_PLATFORM.toLowerCase());
}

function cloudsOf(env: Variables): readonly Cloud[] {
  const named = env.CLOUD_PLATFORM.toLowerCase();
  if (named === "none") return [];
  const wanted: readonly Cloud[] = named === "aws" || named === "azure" || named === "gcp" ? [named] : ["gcp", "aws", "azure"];
  if (env.GCP_METADATA === "" || !wanted.includes("gcp")) return wanted;
  return env.GCP_ZONE === "" ? ["gcp"] : [];
}

/** What the machine's cloud adds to the node (spec 1.30 §4.4). */
export function platformOf(env: Variables, environment: Environment, answers: Answers): Platform {
  const facts = answers.platform();
  if (mayBeGcp(env) && (env.GCP_METADATA !== "" || facts.cloud === "gcp")) {
    const zone = env.GCP_METADATA === "" ? "" : env.GCP_ZONE || (asksResolver(env) ? zoneOfSearch(answers.read(RESOLVER)) : "");
    return gcp(env, environment, facts, zone || gcpZone(facts));
  }
  if (facts.cloud === "aws") return aws(facts.values);
  return facts.cloud === "azure" ? azure(facts.values) : UNKNOWN_PLATFORM;
}

function gcp(env: Variables, environment: Environment, facts: CloudFacts, zone: string): Platform {
  const metadata = env.GCP_METADATA === "" ? gcpMetadata(facts) : gcpStaticMetadata(env);
  const region = /^([^-]+-[^-]+)-[^-]+$/.exec(zone)?.[1];
  return {
    metadata,
    // What is no zone by its form is no place at all.
    ...(region === undefined ? { zone: "", region: "" } : { zone, region }),
    labels: {},
    kubernetes: environment.get("KUBERNETES_SERVICE_HOST") !== undefined || (metadata["gcp_gke_cluster_name"] ?? "") !== "",
  };
}

function zoneOfSearch(file: FileRead): string {
  if (file.kind !== "text") return "";
  const found = file.text.split("\n").map((line) => /^search.* ([^-]+-[^-]+-[^-]+)\.c\.[^.]+\.internal/.exec(line)?.[1]);
  return found.find((zone) => zone !== undefined) ?? "";
}

/** What the variables say, empty parts of GCP_METADATA included. */
function gcpStaticMetadata(env: Variables): Readonly<Record<string, string>> {
  const fixed = gcpStatic(env.GCP_METADATA);
  const parts = fixed && {
    gcp_project: fixed.project,
    gcp_project_number: fixed.number,
    gcp_gke_cluster_name: fixed.cluster,
    gcp_location: fixed.location,
    gcp_gke_cluster_url: clusterUrl(fixed.project, fixed.location, fixed.cluster),
  };
  return { ...parts, ...present({ gcp_quota_project: env.GCP_QUOTA_PROJECT, gcp_zone: env.GCP_ZONE }) };
}

/** What the metadata server says. */
function gcpMetadata(facts: CloudFacts): Readonly<Record<string, string>> {
  const project = gcpValue(facts, "project/project-id");
  const location = gcpValue(facts, "instance/attributes/cluster-location") || gcpZone(facts);
  const cluster = gcpValue(facts, "instance/attributes/cluster-name");
  return present({
    gcp_project: project,
    gcp_project_number: gcpValue(facts, "project/numeric-project-id"),
    gcp_location: location,
    gcp_gke_cluster_name: cluster,
    gcp_gke_cluster_url: project && location && cluster ? clusterUrl(project, location, cluster) : "",
    gcp_gce_instance: gcpValue(facts, "instance/name"),
    gcp_gce_instance_id: gcpValue(facts, "instance/id"),
    gcp_gce_instance_template: gcpValue(facts, "instance/attributes/instance-template"),
    gcp_gce_instance_created_by: gcpValue(facts, "instance/attributes/created-by"),
  });
}

function clusterUrl(project: string, location: string, cluster: string): string {
  return `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${cluster}`;
}

function aws(values: Readonly<Record<string, string>>): Platform {
  const [region = "", zone = ""] = [values["region"], values["availabilityZone"]];
  return {
    ...UNKNOWN_PLATFORM,
    metadata: present({ aws_region: region, aws_availability_zone: zone, aws_instance_id: values["instanceId"] }),
    region,
    zone,
  };
}

function azure(values: Readonly<Record<string, string>>): Platform {
  const { name, location = "", vmId, zone = "", ...tags } = values;
  const tagged = Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`azure_${tag}`, value]));
  return {
    ...UNKNOWN_PLATFORM,
    metadata: present({ ...tagged, azure_name: name, azure_location: location, azure_vmId: vmId }),
    region: location,
    zone,
  };
}
