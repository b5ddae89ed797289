import { expect, test } from "bun:test";
import { answersFrom } from "../../src/host/answer-questions.ts";
import { environmentOf, readVariables } from "../../src/inputs/environment.ts";
import { type CloudFacts, keyOf } from "../../src/inputs/questions.ts";
import { platformOf } from "../../src/profiles/istio-1.30/platform.ts";
import { VARIABLES } from "../../src/profiles/istio-1.30/variables.ts";

const SEARCH = "nameserver 10.0.0.10\nsearch a.svc.cluster.local us-central1-f.c.test-proj.internal c.test-proj.internal\n";
const GCE: CloudFacts = { cloud: "gcp", values: { "instance/zone": "projects/1/zones/europe-west1-d" } };

function platform(variables: Readonly<Record<string, string>>, facts: CloudFacts = { values: {} }, resolver = "") {
  const environment = environmentOf(Object.entries(variables));
  const known = new Map<string, unknown>([
    [keyOf({ kind: "platform", clouds: [], ipv6: false }), facts],
    [keyOf({ kind: "read", path: "/etc/resolv.conf" }), resolver === "" ? { kind: "missing" } : { kind: "text", text: resolver }],
  ]);
  return platformOf(readVariables(environment, VARIABLES).values, environment, answersFrom(known));
}

test.each([
  ["GCP_ZONE", { GCP_METADATA: "p|1|c|l", GCP_ZONE: "us-east1-b" }, GCE, SEARCH, "us-east1", "us-east1-b"],
  ["the search domains", { GCP_METADATA: "p|1|c|l" }, GCE, SEARCH, "us-central1", "us-central1-f"],
  ["the metadata server", { GCP_METADATA: "p|1|c|l" }, GCE, "", "europe-west1", "europe-west1-d"],
  ["the metadata server without GCP_METADATA", { GCP_ZONE: "us-east1-b" }, GCE, "", "europe-west1", "europe-west1-d"],
  ["nobody", { GCP_METADATA: "p|1|c|l" }, undefined, "search c.test-proj.internal\n", "", ""],
  ["GCP_ZONE, which is none", { GCP_METADATA: "p|1|c|l", GCP_ZONE: "a-b-c-d" }, GCE, SEARCH, "", ""],
  ["nobody where another cloud is named", { GCP_METADATA: "p|1|c|l", CLOUD_PLATFORM: "aws" }, undefined, SEARCH, "", ""],
])("the zone of a GCP in 1.30 is from %s (spec 1.30 §4.4)", (_, variables, facts, resolver, region, zone) => {
  const found = platform(variables, facts, resolver);
  expect([found.region, found.zone]).toEqual([region, zone]);
});

test.each([
  ["|||", { gcp_project: "", gcp_project_number: "", gcp_gke_cluster_name: "", gcp_location: "" }],
  ["p|1|c|l", { gcp_project: "p", gcp_project_number: "1", gcp_gke_cluster_name: "c", gcp_location: "l" }],
])("GCP_METADATA %s stands in the metadata with all its parts", (text, parts) => {
  const { gcp_project, gcp_location, gcp_gke_cluster_name } = parts;
  expect(platform({ GCP_METADATA: text, GCP_ZONE: "z" }).metadata).toEqual({
    ...parts,
    gcp_gke_cluster_url: `https://container.googleapis.com/v1/projects/${gcp_project}/locations/${gcp_location}/clusters/${gcp_gke_cluster_name}`,
    gcp_zone: "z",
  });
});

test("GCP_METADATA of other than four parts says nothing but the quota project", () => {
  expect(platform({ GCP_METADATA: "p|1|c", GCP_QUOTA_PROJECT: "q" }).metadata).toEqual({ gcp_quota_project: "q" });
});
