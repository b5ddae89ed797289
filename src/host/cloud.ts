import { isObject } from "../go/json.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { Cloud, CloudFacts } from "../inputs/questions.ts";
import { isReachable, METADATA_ADDRESS } from "./possible-clouds.ts";

const AWS_V6 = "fd00:ec2::254";
const WHOLE_LIMIT = 5_000;
const GCE_LIMIT = 1_000;
const AWS_LIMIT = 100;
const GCE_PATHS = [
  "project/project-id",
  "project/numeric-project-id",
  "instance/zone",
  "instance/id",
  "instance/name",
  "instance/attributes/cluster-name",
  "instance/attributes/cluster-location",
  "instance/attributes/instance-template",
  "instance/attributes/created-by",
];
const NOWHERE: CloudFacts = { values: {} };

/**
 * The cloud this machine is in, and what its metadata service says: those wanted are looked for side by side, the first
 * one found counts, after 5 s none (spec 1.6 §6.6, 1.30 §4.4). `wanted` are possible ones, see `possibleClouds`.
 */
export async function discoverCloud(wanted: readonly Cloud[], ipv6: boolean, inputs: Inputs): Promise<CloudFacts> {
  const host = inputs.environment.get("GCE_METADATA_HOST") ?? "";
  const probes = wanted.map((cloud) => PROBES[cloud](host || METADATA_ADDRESS, ipv6, host !== ""));
  const found = probes.map(async (probe) => (await probe) ?? Promise.reject(new Error("not this cloud")));
  const limit = new Promise<CloudFacts>((resolve) => setTimeout(() => resolve(NOWHERE), WHOLE_LIMIT).unref());
  return Promise.race([Promise.any(found).catch(() => NOWHERE), limit]);
}

/** The project of a GCE instance, for a tracer that cannot do without. */
export async function gceProjectId(inputs: Inputs): Promise<Parsed<string>> {
  const host = inputs.environment.get("GCE_METADATA_HOST") || METADATA_ADDRESS;
  const url = `http://${host}/computeMetadata/v1/project/project-id`;
  if (host === METADATA_ADDRESS && !isReachable(inputs)) return bad(`${url}: network is unreachable`);
  const text = await gceText(host, "project/project-id", WHOLE_LIMIT);
  return text === undefined ? bad(`${url} does not answer`) : ok(text.trim());
}

const PROBES: Readonly<Record<Cloud, (host: string, ipv6: boolean, named: boolean) => Promise<CloudFacts | undefined>>> = {
  gcp: probeGce,
  aws: probeAws,
  azure: probeAzure,
};

async function probeGce(host: string, _: boolean, named: boolean): Promise<CloudFacts | undefined> {
  if (!named && (await gceText(host, "", GCE_LIMIT)) === undefined) return undefined;
  const entries = await Promise.all(GCE_PATHS.map(async (path) => [path, (await gceText(host, path, WHOLE_LIMIT)) ?? ""] as const));
  return { cloud: "gcp", values: Object.fromEntries(entries) };
}

async function gceText(host: string, path: string, limit: number): Promise<string | undefined> {
  return text(
    `http://${host}/computeMetadata/v1/${path}`,
    { headers: { "Metadata-Flavor": "Google" } },
    limit,
    (response) => response.headers.get("metadata-flavor") === "Google",
  );
}

async function probeAws(_: string, ipv6: boolean): Promise<CloudFacts | undefined> {
  const base = `http://${ipv6 ? `[${AWS_V6}]` : METADATA_ADDRESS}/latest`;
  const token = await text(`${base}/api/token`, { method: "PUT", headers: { "X-aws-ec2-metadata-token-ttl-seconds": "60" } }, AWS_LIMIT);
  const headers: Record<string, string> = token === undefined ? {} : { "X-aws-ec2-metadata-token": token };
  const get = (path: string) => text(`${base}/${path}`, { headers }, AWS_LIMIT);
  if (!(await get("meta-data/iam/info"))?.includes("arn:aws:iam")) return undefined;
  const [region, availabilityZone, instanceId, document] = await Promise.all(
    [
      "meta-data/placement/region",
      "meta-data/placement/availability-zone",
      "meta-data/instance-id",
      "dynamic/instance-identity/document",
    ].map(get),
  );
  const accountId = /"accountId"\s*:\s*"(\d+)"/.exec(document ?? "")?.[1];
  return {
    cloud: "aws",
    values: Object.fromEntries(
      Object.entries({ region, availabilityZone, instanceId, accountId }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
  };
}

async function probeAzure(): Promise<CloudFacts | undefined> {
  const answer = await text(
    `http://${METADATA_ADDRESS}/metadata/instance/compute?api-version=2019-08-15`,
    { headers: { Metadata: "true" } },
    WHOLE_LIMIT,
  );
  const compute: unknown = answer === undefined ? {} : JSON.parse(answer);
  if (!isObject(compute)) return undefined;
  const named = ["name", "location", "vmId", "zone"].map((key) => [key, String(compute[key] ?? "")]);
  const tags = Array.isArray(compute["tagsList"])
    ? compute["tagsList"].filter(isObject).map((tag) => [String(tag["name"]), String(tag["value"])])
    : [];
  return { cloud: "azure", values: Object.fromEntries([...tags, ...named]) };
}

async function text(
  url: string,
  init: RequestInit,
  limit: number,
  counts: (response: Response) => boolean = () => true,
): Promise<string | undefined> {
  try {
    const response = await fetch(url, { ...init, proxy: "", signal: AbortSignal.timeout(limit) });
    return response.ok && counts(response) ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
