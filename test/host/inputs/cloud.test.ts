import { describe, expect, test } from "bun:test";
import { type CloudSearch, discoverCloud, type MetadataReply, type RequestMetadata } from "../../../src/host/inputs/cloud.ts";
import type { CloudQuery } from "../../../src/inputs/questions.ts";

interface Asked {
  readonly request: string;
  readonly headers: unknown;
}

/** A metadata service with these responses, and the requests it received. */
function service(answers: Readonly<Record<string, Partial<MetadataReply>>>, search: Partial<CloudSearch> = {}) {
  const asked: Asked[] = [];
  const ask: RequestMetadata = async (url, { method = "GET", headers }) => {
    asked.push({ request: `${method} ${url}`, headers });
    const found = answers[`${method} ${url}`] ?? answers[url];
    return found && { status: 200, flavor: null, text: "", ...found };
  };
  return { asked, search: { ipv6: false, gceHost: undefined, ask, ...search } };
}

const GCE: CloudQuery = { cloud: "gcp", when: "if-possible", paths: ["instance/id", "instance/name"], timeout: 1 };
const EC2: CloudQuery = { cloud: "aws", when: "if-possible", paths: ["iam", "zone"], proof: { path: "iam", contains: "arn:" }, timeout: 1 };
const AZURE: CloudQuery = { cloud: "azure", when: "always", paths: [], timeout: 1 };
const BASE = "http://169.254.169.254";

describe("Google's metadata server", () => {
  const values = {
    [`${BASE}/computeMetadata/v1/instance/id`]: { text: "7" },
    [`${BASE}/computeMetadata/v1/instance/name`]: { status: 404 },
  };

  test.each([
    ["identifies itself", { status: 200, flavor: "Google" }, "gcp"],
    ["does not identify itself", { status: 200 }, undefined],
    ["has no such path", { status: 404, flavor: "Google" }, undefined],
  ])("%s", async (_, reply, cloud) => {
    const { search } = service({ ...values, [`${BASE}/computeMetadata/v1/`]: reply });
    expect(String((await discoverCloud([GCE], search)).cloud)).toBe(String(cloud));
  });

  test("does not have to identify itself if a setting names it; a missing value is absent", async () => {
    const { asked, search } = service({ "http://gce:1/computeMetadata/v1/instance/id": { text: "7" } }, { gceHost: "gce:1" });
    expect(await discoverCloud([GCE], search)).toEqual({ cloud: "gcp", values: { "instance/id": "7" } });
    expect(asked.map(({ headers }) => headers)).toEqual([{ "Metadata-Flavor": "Google" }, { "Metadata-Flavor": "Google" }]);
  });
});

describe("Amazon's metadata service", () => {
  test("gets a token if it offers one", async () => {
    const { asked, search } = service({ [`PUT ${BASE}/latest/api/token`]: { text: "tok" }, [`${BASE}/latest/iam`]: { text: "arn:x" } });
    expect(await discoverCloud([EC2], search)).toEqual({ cloud: "aws", values: { iam: "arn:x" } });
    expect(asked.map(({ headers }) => headers)).toEqual([
      { "X-aws-ec2-metadata-token-ttl-seconds": "60" },
      { "X-aws-ec2-metadata-token": "tok" },
      { "X-aws-ec2-metadata-token": "tok" },
    ]);
  });

  test.each([
    ["without the proof", EC2, { [`${BASE}/latest/zone`]: { text: "b" } }, { values: {} }],
    ["with another proof", EC2, { [`${BASE}/latest/iam`]: { text: "none" } }, { values: {} }],
    ["with a proof that is an error", EC2, { [`${BASE}/latest/iam`]: { status: 201, text: "arn:" } }, { values: {} }],
    [
      "that a setting names, without proof",
      { ...EC2, when: "always", proof: undefined },
      { [`${BASE}/latest/zone`]: { text: "b" } },
      { cloud: "aws", values: { zone: "b" } },
    ],
  ])("%s", async (_, { proof, ...query }, answers, facts) => {
    const { search } = service(answers);
    const found: unknown = await discoverCloud([{ ...(query as CloudQuery), ...(proof && { proof }) }], search); // the rows' own texts
    expect(found).toEqual(facts);
  });

  test("has another address on IPv6", async () => {
    const { asked, search } = service({}, { ipv6: true });
    await discoverCloud([EC2], search);
    expect(asked.every(({ request }) => request.includes(" http://[fd00:ec2::254]/latest/"))).toBe(true);
  });
});

test("Azure's document is requested in its newest version, and read with any status code", async () => {
  const document = `${BASE}/metadata/instance?api-version=2023-07-01`;
  const { asked, search } = service({
    [`${BASE}/metadata/instance?`]: { status: 400, text: '{"newest-versions": ["2023-07-01"]}' },
    [document]: { status: 500, text: "{}" },
  });
  expect(await discoverCloud([AZURE], search)).toEqual({ cloud: "azure", values: { "metadata/instance": "{}" } });
  expect(asked.map(({ request }) => request)).toEqual([`GET ${BASE}/metadata/instance?`, `GET ${document}`]);
});

test("the first cloud that responds is used, none if nothing responds", async () => {
  const { search } = service({ [`${BASE}/latest/iam`]: { text: "arn:x" } });
  expect((await discoverCloud([GCE, EC2], search)).cloud).toBe("aws");
  expect(await discoverCloud([GCE, EC2], service({}).search)).toEqual({ values: {} });
  expect(await discoverCloud([], service({}).search)).toEqual({ values: {} });
});
