import { bad, ok, type Parsed } from "../../go/parsed.ts";
import type { Inputs } from "../../inputs/inputs.ts";
import type { Cloud, CloudFacts, CloudQuery } from "../../inputs/questions.ts";
import { AZURE_PATH, newestAzureVersion } from "../../node/azure.ts";
import { gceHost, isReachable, METADATA_ADDRESS } from "./possible-clouds.ts";

const AWS_V6 = "fd00:ec2::254";
const WHOLE_LIMIT = 5_000;
const GCE_LIMIT = 1_000;
const TOKEN_LIMIT = 100;
const NOWHERE: CloudFacts = { values: {} };

/** How to reach the metadata services. */
export interface CloudSearch {
  readonly ipv6: boolean;
  /** The GCE metadata server, when GCE_METADATA_HOST is set. */
  readonly gceHost: string | undefined;
  readonly ask: RequestMetadata;
}

/** Sends one request to a metadata service; undefined when there is no answer before the timeout. */
export type RequestMetadata = (url: string, init: RequestInit, limit: number) => Promise<MetadataReply | undefined>;

export interface MetadataReply {
  readonly status: number;
  /** The Metadata-Flavor header, by which Google's service identifies itself. */
  readonly flavor: string | null;
  readonly text: string;
}

/**
 * Returns the cloud that this machine runs in and its metadata. All candidates are asked in parallel and the first to answer wins; after 5
 * s there is none (contract 1.6 §6.6, 1.30 §4.4). `queries` come from `possibleClouds`.
 */
export async function discoverCloud(queries: readonly CloudQuery[], search: CloudSearch): Promise<CloudFacts> {
  const found = queries.map(async (query) => {
    const values = await PROBES[query.cloud](query, search);
    return values === undefined ? Promise.reject(new Error("not this cloud")) : { cloud: query.cloud, values };
  });
  const limit = new Promise<CloudFacts>((resolve) => setTimeout(() => resolve(NOWHERE), WHOLE_LIMIT).unref());
  return Promise.race([Promise.any(found).catch(() => NOWHERE), limit]);
}

/** Searches over the network. */
export function searchOf(ipv6: boolean, inputs: Inputs): CloudSearch {
  return { ipv6, gceHost: gceHost(inputs), ask: requestByHttp };
}

/** Returns the project of a GCE instance, which a tracer requires. */
export async function gceProjectId(inputs: Inputs): Promise<Parsed<string>> {
  const host = gceHost(inputs) ?? METADATA_ADDRESS;
  const url = `http://${host}/computeMetadata/v1/project/project-id`;
  if (host === METADATA_ADDRESS && !isReachable(inputs)) return bad(`${url}: network is unreachable`);
  const text = await valueAt(requestByHttp, url, GOOGLE, WHOLE_LIMIT);
  return text === undefined ? bad(`${url} does not answer`) : ok(text.trim());
}

type Values = Readonly<Record<string, string>>;
type Probe = (query: CloudQuery, search: CloudSearch) => Promise<Values | undefined>;

const PROBES: Readonly<Record<Cloud, Probe>> = { gcp: probeGce, aws: probeAws, azure: probeAzure };
const GOOGLE: RequestInit = { headers: { "Metadata-Flavor": "Google" } };

/** A server named by GCE_METADATA_HOST is trusted to be Google's; any other must identify itself. */
async function probeGce({ paths, timeout }: CloudQuery, { gceHost: configuredHost, ask }: CloudSearch): Promise<Values | undefined> {
  const base = `http://${configuredHost ?? METADATA_ADDRESS}/computeMetadata/v1/`;
  const reply = configuredHost === undefined ? await ask(base, GOOGLE, GCE_LIMIT) : undefined;
  if (configuredHost === undefined && (reply?.status !== 200 || reply.flavor !== "Google")) return undefined;
  return valuesBy(paths, (path) => valueAt(ask, base + path, GOOGLE, timeout));
}

async function probeAws({ paths, proof, timeout }: CloudQuery, { ipv6, ask }: CloudSearch): Promise<Values | undefined> {
  const base = `http://${ipv6 ? `[${AWS_V6}]` : METADATA_ADDRESS}/latest/`;
  const lifetime = { "X-aws-ec2-metadata-token-ttl-seconds": "60" };
  const token = await valueAt(ask, `${base}api/token`, { method: "PUT", headers: lifetime }, TOKEN_LIMIT);
  const init: RequestInit = token ? { headers: { "X-aws-ec2-metadata-token": token } } : {};
  const values = await valuesBy(paths, (path) => valueAt(ask, base + path, init, timeout));
  return proof === undefined || values[proof.path]?.includes(proof.contains) ? values : undefined;
}

/** Requests the document in the newest API version that the service has; the HTTP status does not matter. */
async function probeAzure({ timeout }: CloudQuery, { ask }: CloudSearch): Promise<Values> {
  const get = async (query: string) =>
    (await ask(`http://${METADATA_ADDRESS}/${AZURE_PATH}?${query}`, { headers: { Metadata: "True" } }, timeout))?.text ?? "";
  return { [AZURE_PATH]: await get(`api-version=${newestAzureVersion(await get(""))}`) };
}

async function valuesBy(paths: readonly string[], get: (path: string) => Promise<string | undefined>): Promise<Values> {
  const entries = await Promise.all(paths.map(async (path) => [path, await get(path)] as const));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function valueAt(ask: RequestMetadata, url: string, init: RequestInit, timeout: number): Promise<string | undefined> {
  const reply = await ask(url, init, timeout);
  return reply?.status === 200 ? reply.text : undefined;
}

async function requestByHttp(url: string, init: RequestInit, timeout: number): Promise<MetadataReply | undefined> {
  try {
    const response = await fetch(url, { ...init, proxy: "", signal: AbortSignal.timeout(timeout) });
    return { status: response.status, flavor: response.headers.get("metadata-flavor"), text: await response.text() };
  } catch {
    return undefined;
  }
}
