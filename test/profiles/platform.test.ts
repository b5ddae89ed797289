import { expect, test } from "bun:test";
import { environmentOf, readVariables } from "../../src/inputs/environment.ts";
import type { FileRead, Inputs } from "../../src/inputs/inputs.ts";
import { answersFrom, type CloudFacts, keyOf, type Question } from "../../src/inputs/questions.ts";
import { GCE_PATHS } from "../../src/node/platform.ts";
import { platformOf as oldPlatformOf, platformQuestion } from "../../src/profiles/istio-1.6/platform.ts";
import { VARIABLES as OLD_VARIABLES } from "../../src/profiles/istio-1.6/variables.ts";
import { platformOf, platformQuestions } from "../../src/profiles/istio-1.30/platform.ts";
import { VARIABLES } from "../../src/profiles/istio-1.30/variables.ts";
import { started } from "./started.ts";

const SEARCH = "nameserver 10.0.0.10\nsearch a.svc.cluster.local us-central1-f.c.test-proj.internal c.test-proj.internal\n";
const GCE: CloudFacts = { cloud: "gcp", values: { "instance/zone": "projects/1/zones/europe-west1-d" } };

function platform(variables: Readonly<Record<string, string>>, facts: CloudFacts = { values: {} }, resolver = "") {
  const environment = environmentOf(Object.entries(variables));
  const known = new Map<string, unknown>([
    [keyOf({ kind: "platform", clouds: [], ipv6: false }), facts],
    [keyOf({ kind: "read", path: "/etc/resolv.conf" }), resolver === "" ? { kind: "missing" } : { kind: "text", text: resolver }],
  ]);
  return platformOf(readVariables(environment, VARIABLES).values, answersFrom(known));
}

test.each([
  ["GCP_ZONE", { GCP_METADATA: "p|1|c|l", GCP_ZONE: "us-east1-b" }, GCE, SEARCH, "us-east1", "us-east1-b"],
  ["the search domains", { GCP_METADATA: "p|1|c|l" }, GCE, SEARCH, "us-central1", "us-central1-f"],
  ["the metadata server", { GCP_METADATA: "p|1|c|l" }, GCE, "", "europe-west1", "europe-west1-d"],
  ["the metadata server without GCP_METADATA", { GCP_ZONE: "us-east1-b" }, GCE, "", "europe-west1", "europe-west1-d"],
  ["the search domains without GCP_METADATA", {}, GCE, SEARCH, "us-central1", "us-central1-f"],
  [
    "the search domains of a named cloud that does not answer",
    { CLOUD_PLATFORM: "GCP" },
    undefined,
    SEARCH,
    "us-central1",
    "us-central1-f",
  ],
  ["nobody without any cloud", {}, undefined, SEARCH, "", ""],
  ["the metadata server where GCP_METADATA says nothing", { GCP_METADATA: "p|1" }, GCE, "", "europe-west1", "europe-west1-d"],
  ["nobody", { GCP_METADATA: "p|1|c|l" }, undefined, "search c.test-proj.internal\n", "", ""],
  ["GCP_ZONE, which is none", { GCP_METADATA: "p|1|c|l", GCP_ZONE: "a-b-c-d" }, GCE, SEARCH, "", ""],
  ["nobody where another cloud is named", { GCP_METADATA: "p|1|c|l", CLOUD_PLATFORM: "aws" }, undefined, SEARCH, "", ""],
])("the zone of a GCP in 1.30 is from %s (contract 1.30 §4.4)", (_, variables, facts, resolver, region, zone) => {
  const found = platform(variables, facts, resolver);
  expect([found.region, found.zone]).toEqual([region, zone]);
});

test.each([
  ["|||", { gcp_project: "", gcp_project_number: "", gcp_gke_cluster_name: "", gcp_location: "" }],
  ["p|1|c|l", { gcp_project: "p", gcp_project_number: "1", gcp_gke_cluster_name: "c", gcp_location: "l" }],
])("all parts of GCP_METADATA %s are in the metadata", (text, parts) => {
  const { gcp_project, gcp_location, gcp_gke_cluster_name } = parts;
  expect(platform({ GCP_METADATA: text, GCP_ZONE: "z" }).metadata).toEqual({
    ...parts,
    gcp_gke_cluster_url: `https://container.googleapis.com/v1/projects/${gcp_project}/locations/${gcp_location}/clusters/${gcp_gke_cluster_name}`,
    gcp_zone: "z",
  });
});

test("GCP_METADATA without exactly four parts adds only the quota project", () => {
  expect(platform({ GCP_METADATA: "p|1|c", GCP_QUOTA_PROJECT: "q" }).metadata).toEqual({ gcp_quota_project: "q" });
});

test("values of the metadata server are in the metadata, also empty ones, and others are absent", () => {
  const values = { "project/project-id": " p\n", "instance/attributes/cluster-name": "", "instance/zone": "projects/1/zones/z" };
  expect(platform({}, { cloud: "gcp", values }).metadata).toEqual({
    gcp_project: "p",
    gcp_gke_cluster_name: "",
    gcp_location: "z",
    gcp_gke_cluster_url: "https://container.googleapis.com/v1/projects/p/locations/z/clusters/",
  });
  expect(platform({}, { cloud: "gcp", values: { "instance/name": "i" } }).metadata).toEqual({ gcp_gce_instance: "i" });
});

test("an Azure tag replaces the member of its name, and the location is kept", () => {
  const compute = { name: "n", location: "l", zone: "1", tags: "location:x;zone:y" };
  const { metadata, region, zone } = platform({}, { cloud: "azure", values: { "metadata/instance": JSON.stringify({ compute }) } });
  expect([metadata, region, zone]).toEqual([{ azure_name: "n", azure_location: "x", azure_zone: "y" }, "l", "1"]);
});

const MISSING: FileRead = { kind: "missing" };

function questionsFor(variables: Readonly<Record<string, string>>): readonly Question[] {
  const environment = environmentOf(Object.entries(variables));
  const inputs: Inputs = { environment, files: { meshConfig: MISSING, labels: MISSING, annotations: MISSING }, interfaces: [], uid: 0 };
  return platformQuestions({ inputs, annotations: undefined, variables: readVariables(environment, VARIABLES).values });
}

function asked(variables: Readonly<Record<string, string>>): string {
  return questionsFor(variables)
    .map((question) =>
      question.kind === "platform"
        ? question.clouds.map(({ cloud, when: how, paths }) => `${cloud} ${how} ${paths.length}`).join(", ")
        : "resolver",
    )
    .join("; ");
}

test.each([
  ["nothing", {}, "gcp if-possible 9, aws if-possible 4, azure if-hinted 1; resolver"],
  ["what is no cloud", { CLOUD_PLATFORM: "openstack" }, "gcp if-possible 9, aws if-possible 4, azure if-hinted 1; resolver"],
  ["none", { CLOUD_PLATFORM: "none", GCP_METADATA: "p|1|c|l" }, ""],
  ["AWS", { CLOUD_PLATFORM: "AWS", GCP_METADATA: "p|1|c|l" }, "aws always 3"],
  ["Azure", { CLOUD_PLATFORM: "azure" }, "azure always 1"],
  ["Google's", { CLOUD_PLATFORM: "gcp" }, "gcp always 9; resolver"],
  ["Google's by its metadata", { GCP_METADATA: "p|1|c|l" }, "gcp if-possible 1; resolver"],
  ["Google's by both", { CLOUD_PLATFORM: "gcp", GCP_METADATA: "p|1|c|l" }, "gcp always 1; resolver"],
  ["Google's with the zone", { GCP_METADATA: "p|1|c|l", GCP_ZONE: "a-b-c" }, ""],
  ["metadata that say nothing", { GCP_METADATA: "p|1|c" }, "gcp if-possible 9, aws if-possible 4, azure if-hinted 1; resolver"],
])("with %s the question of 1.30 is", (_, variables, questions) => {
  expect(asked(variables)).toBe(questions);
});

test("a request to a metadata server has a timeout of five seconds, unless the release sets another", () => {
  const limits = (question: Question | undefined) =>
    question?.kind === "platform" ? question.clouds.map(({ cloud, timeout }) => [cloud, timeout]) : [];
  const [question] = questionsFor({});
  expect(limits(question)).toEqual([
    ["gcp", 5_000],
    ["aws", 100],
    ["azure", 5_000],
  ]);
  expect(limits(platformQuestion(readVariables(environmentOf([]), OLD_VARIABLES).values))).toEqual([
    ["gcp", 5_000],
    ["aws", 5_000],
  ]);
});

test.each(["istio-1.6", "istio-1.30"])("without a cloud what the environment says of one stays (%s)", async (profile) => {
  const PROXY_CONFIG = JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010" });
  const { launch } = await started(profile, { env: { PROXY_CONFIG, ISTIO_METAJSON_X: '{"PLATFORM_METADATA": {"zone": null}}' } });
  expect(JSON.parse(launch?.bootstrap ?? "null").node.metadata.PLATFORM_METADATA).toEqual({ zone: "" });
});

function oldPlatform(variables: Readonly<Record<string, string>>, facts: CloudFacts) {
  return oldPlatformOf(readVariables(environmentOf(Object.entries(variables)), OLD_VARIABLES).values, facts);
}

test.each([
  ["us-east1-b", "us-east1", "us-east1-b"],
  ["projects/1/zones/us-west1", "us", "us-west1"],
  ["projects/1/zones/nodash", "", ""],
  ["", "", ""],
])("the zone %p of a GCP in 1.6 (contract 1.6 §6.6)", (zone, expectedRegion, expectedZone) => {
  const { region, zone: found } = oldPlatform({}, { cloud: "gcp", values: { "instance/zone": zone } });
  expect([region, found]).toEqual([expectedRegion, expectedZone]);
});

test("parts of GCP_METADATA take precedence over the metadata server in 1.6, except empty ones", () => {
  const values = { "project/project-id": "served", "project/numeric-project-id": "", "instance/attributes/cluster-name": "served" };
  expect(oldPlatform({ GCP_METADATA: "p|||l" }, { cloud: "gcp", values }).metadata).toEqual({
    gcp_project: "p",
    gcp_project_number: "",
    gcp_gke_cluster_name: "served",
    gcp_location: "l",
  });
  expect(oldPlatform({ GCP_METADATA: "p|1|c|l" }, { values: {} }).metadata).toEqual({
    gcp_project: "p",
    gcp_project_number: "1",
    gcp_gke_cluster_name: "c",
    gcp_location: "l",
  });
});

test.each([
  ['{"accountId": "1", "AvailabilityZone": "z", "instanceId": null, "region": "r", "x": 1}', ["1", "z", undefined, "r"]],
  ['{"accountId": 1, "availabilityZone": "z", "region": "r"}', [undefined, undefined, undefined, undefined]],
  ["[]", [undefined, undefined, undefined, undefined]],
  ["{", [undefined, undefined, undefined, undefined]],
])("an EC2 instance of 1.6 with the identity document %s", (document, [account, zone, instance, region]) => {
  const found = oldPlatform({}, { cloud: "aws", values: { "meta-data/instance-id": "i", "dynamic/instance-identity/document": document } });
  expect([found.region, found.zone]).toEqual([region ?? "", zone ?? ""]);
  expect([found.metadata["aws_account_id"], found.metadata["aws_availability_zone"], found.metadata["aws_instance_id"]]).toEqual([
    account,
    zone,
    instance,
  ]);
});

test("1.6 only tries Google's cloud if GCP_METADATA is set", () => {
  const cloudsOf = (variables: Readonly<Record<string, string>>) => {
    const question = platformQuestion(readVariables(environmentOf(Object.entries(variables)), OLD_VARIABLES).values);
    return question.kind === "platform" ? question.clouds.map(({ cloud, when: how }) => `${cloud} ${how}`) : [];
  };
  expect([cloudsOf({}), cloudsOf({ GCP_METADATA: "x" })]).toEqual([["gcp if-possible", "aws if-hinted"], ["gcp if-possible"]]);
});

test("a GCE metadata server gets requests for exactly the values that are used", () => {
  const read = new Set<string>();
  const values = new Proxy<Record<string, string>>({}, { get: (_, path) => void read.add(String(path)) });
  platform({}, { cloud: "gcp", values });
  expect([...read].sort()).toEqual([...GCE_PATHS].sort());
});
