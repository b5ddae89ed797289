import type { CloudFacts, Question } from "../../inputs/questions.ts";
import { gcpStatic, gcpValue, gcpZone, type Platform, present, regionOfZone, UNKNOWN_PLATFORM } from "../../node/platform.ts";
import type { Variables } from "./variables.ts";

/** Google's and Amazon's clouds are looked for (spec 1.6 §6.6). */
export const PLATFORM_QUESTION: Question = { kind: "platform", clouds: ["gcp", "aws"], ipv6: false };

/** What the machine's cloud adds to the node (spec 1.6 §6.6). */
export function platformOf(env: Variables, facts: CloudFacts): Platform {
  if (env.GCP_METADATA !== "" || facts.cloud === "gcp") return gcp(env, facts);
  if (facts.cloud !== "aws") return UNKNOWN_PLATFORM;
  const [region = "", zone = ""] = [facts.values["region"], facts.values["availabilityZone"]];
  return {
    ...UNKNOWN_PLATFORM,
    metadata: present({
      aws_account_id: facts.values["accountId"],
      aws_availability_zone: zone,
      aws_instance_id: facts.values["instanceId"],
      aws_region: region,
    }),
    region,
    zone,
  };
}

/** Each part of GCP_METADATA first, else the metadata server; the locality is the server's alone. */
function gcp(env: Variables, facts: CloudFacts): Platform {
  const fixed = gcpStatic(env.GCP_METADATA);
  const zone = gcpZone(facts);
  return {
    ...UNKNOWN_PLATFORM,
    metadata: present({
      gcp_project: fixed?.project || gcpValue(facts, "project/project-id"),
      gcp_project_number: fixed?.number || gcpValue(facts, "project/numeric-project-id"),
      gcp_gke_cluster_name: fixed?.cluster || gcpValue(facts, "instance/attributes/cluster-name"),
      gcp_location: fixed?.location || gcpValue(facts, "instance/attributes/cluster-location") || zone,
      gcp_gce_instance_id: gcpValue(facts, "instance/id"),
      gcp_gce_instance_template: gcpValue(facts, "instance/attributes/instance-template"),
      gcp_gce_instance_created_by: gcpValue(facts, "instance/attributes/created-by"),
    }),
    zone,
    region: regionOfZone(zone),
  };
}
