import { isObject, memberIgnoringCase, parseGoJson } from "../../go/json.ts";
import type { CloudFacts, CloudQuery, Question } from "../../inputs/questions.ts";
import {
  definedMembers,
  GCE_PATHS,
  gceMetadata,
  gcpZone,
  METADATA_TIMEOUT,
  nonEmptyMembers,
  type Platform,
  parseGcpMetadata,
  UNKNOWN_PLATFORM,
} from "../../node/platform.ts";
import type { Variables } from "./contract.ts";

const IDENTITY_DOCUMENT = "dynamic/instance-identity/document";
const INSTANCE_ID = "meta-data/instance-id";

const GCE: CloudQuery = { cloud: "gcp", when: "if-possible", paths: GCE_PATHS, timeout: METADATA_TIMEOUT };
const EC2: CloudQuery = {
  cloud: "aws",
  when: "if-hinted",
  paths: [INSTANCE_ID, IDENTITY_DOCUMENT],
  proof: { path: INSTANCE_ID, contains: "" },
  timeout: METADATA_TIMEOUT,
};

/** Returns the question about the cloud: Google's or Amazon's, only Google's if GCP_METADATA is set (contract 1.6 §6.6). */
export function platformQuestion(env: Variables): Question {
  return { kind: "platform", clouds: env.GCP_METADATA === "" ? [GCE, EC2] : [GCE], ipv6: false };
}

/** Returns what the cloud adds to the node (contract 1.6 §6.6). */
export function platformOf(env: Variables, facts: CloudFacts): Platform {
  if (env.GCP_METADATA !== "" || facts.cloud === "gcp") return gcp(env, facts);
  if (facts.cloud !== "aws") return UNKNOWN_PLATFORM;
  const [account = "", zone = "", instance = "", region = ""] = identityOf(facts.values[IDENTITY_DOCUMENT] ?? "");
  const metadata = { aws_account_id: account, aws_availability_zone: zone, aws_instance_id: instance, aws_region: region };
  return { ...UNKNOWN_PLATFORM, metadata: nonEmptyMembers(metadata), region, zone };
}

/** Returns account, zone, id and region of an instance; nothing if one of them is not a string. */
function identityOf(document: string): readonly string[] {
  const parsed = parseGoJson(document);
  const object = parsed.ok && isObject(parsed.value) ? parsed.value : {};
  const members = ["accountId", "availabilityZone", "instanceId", "region"].map((name) => memberIgnoringCase(object, name) ?? "");
  return members.every((member) => typeof member === "string") ? members : [];
}

/** Each part of GCP_METADATA takes precedence over the metadata server; the locality always comes from the server. */
function gcp(env: Variables, facts: CloudFacts): Platform {
  const fixed = parseGcpMetadata(env.GCP_METADATA);
  const served = gceMetadata(facts);
  const zone = gcpZone(facts) ?? "";
  const region = /([^\n]*)-/.exec(zone)?.[1];
  return {
    ...UNKNOWN_PLATFORM,
    metadata: definedMembers({
      ...served,
      gcp_project: fixed?.project || served.gcp_project,
      gcp_project_number: fixed?.number || served.gcp_project_number,
      gcp_gke_cluster_name: fixed?.cluster || served.gcp_gke_cluster_name,
      gcp_location: fixed?.location || served.gcp_location,
    }),
    // A zone without a region is ignored.
    ...(region === undefined ? { zone: "", region: "" } : { zone, region }),
  };
}
