import type { Environment } from "../../inputs/environment.ts";
import type { Cloud, CloudFacts, Question } from "../../inputs/questions.ts";
import { gcpStatic, gcpValue, gcpZone, type Platform, present, regionOfZone, UNKNOWN_PLATFORM } from "../../node/platform.ts";
import type { Draft } from "../../settings/draft.ts";
import { familiesOf, nodeAddresses } from "./addresses.ts";
import { type Variables, variablesOf } from "./variables.ts";

/** Which clouds to look for: the one CLOUD_PLATFORM names, else all; none where GCP_METADATA says it all (spec 1.30 §4.4). */
export function platformQuestion(draft: Draft): Question {
  const env = variablesOf(draft);
  const { allV4 } = familiesOf(nodeAddresses(draft.inputs, draft.annotations));
  return { kind: "platform", clouds: cloudsOf(env), ipv6: !allV4 };
}

function cloudsOf(env: Variables): readonly Cloud[] {
  const named = env.CLOUD_PLATFORM.toLowerCase();
  if (named === "none") return [];
  const wanted: readonly Cloud[] = named === "aws" || named === "azure" || named === "gcp" ? [named] : ["gcp", "aws", "azure"];
  return env.GCP_METADATA !== "" && wanted.includes("gcp") ? [] : wanted;
}

/** What the machine's cloud adds to the node (spec 1.30 §4.4). */
export function platformOf(env: Variables, environment: Environment, facts: CloudFacts): Platform {
  const named = env.CLOUD_PLATFORM.toLowerCase();
  const mayBeGcp = named !== "none" && named !== "aws" && named !== "azure";
  if (mayBeGcp && (env.GCP_METADATA !== "" || facts.cloud === "gcp")) return gcp(env, environment, facts);
  if (facts.cloud === "aws") return aws(facts.values);
  return facts.cloud === "azure" ? azure(facts.values) : UNKNOWN_PLATFORM;
}

function gcp(env: Variables, environment: Environment, facts: CloudFacts): Platform {
  const metadata = env.GCP_METADATA === "" ? gcpMetadata(facts) : gcpStaticMetadata(env);
  const zone = env.GCP_METADATA === "" ? gcpZone(facts) : env.GCP_ZONE;
  return {
    metadata,
    zone,
    region: regionOfZone(zone),
    labels: {},
    kubernetes: environment.get("KUBERNETES_SERVICE_HOST") !== undefined || (metadata["gcp_gke_cluster_name"] ?? "") !== "",
  };
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
