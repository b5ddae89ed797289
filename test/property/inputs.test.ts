import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { run } from "../../src/commands/run.ts";
import { type Case, PROFILE_NAMES } from "../conformance/cases.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { hostile, SEED } from "./hostile-text.ts";

const RUNS = 1_500;
const MIBIBYTE = 1024 * 1024;

const key = hostile.map((text) => `K${text.replaceAll("=", "").replaceAll("\n", "")}`);
/** Text that a YAML 1.1 parser accepts inside JSON: no control characters, no escaped surrogate pairs. */
const plain = hostile.map((text) => text.replace(/[^\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff]/g, ""));

interface Given {
  readonly name: string;
  readonly namespace: string;
  readonly domain: string;
  readonly account: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly json: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly prefixes: readonly string[];
  readonly regexps: readonly string[];
  readonly outlier: string;
  readonly zone: string;
}

const given: fc.Arbitrary<Given> = fc.record({
  name: hostile,
  namespace: hostile,
  domain: hostile,
  account: hostile,
  meta: fc.dictionary(
    key.map((text) => `X${text}`),
    hostile,
    { maxKeys: 4 },
  ),
  json: fc.dictionary(
    key.map((text) => `Y${text}`),
    hostile,
    { maxKeys: 4 },
  ),
  labels: fc.dictionary(key, hostile, { maxKeys: 4 }),
  annotations: fc.dictionary(key, hostile, { maxKeys: 3 }),
  tags: fc.array(
    plain.filter((text) => text !== ""),
    { maxLength: 3 },
  ),
  prefixes: fc.array(
    hostile.map((text) => text.replaceAll(",", "").replaceAll("{pod_ip}", "")),
    { minLength: 1, maxLength: 3 },
  ),
  regexps: fc.array(
    hostile.map((text) => text.replaceAll(",", "").replaceAll("{pod_ip}", "")),
    { minLength: 1, maxLength: 3 },
  ),
  outlier: hostile,
  zone: plain,
});

function literals(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([name, value]) => `${name}=${goQuoted(value)}\n`)
    .join("");
}

/** Formats a Go string literal: JSON's differs only in escapes that Go does not have, which do not occur here. */
function goQuoted(text: string): string {
  return JSON.stringify(text);
}

function caseOf(profile: string, all: Given): Case {
  const stats: Record<string, string> = {
    "sidecar.istio.io/statsInclusionPrefixes": all.prefixes.join(","),
    "sidecar.istio.io/statsInclusionRegexps": all.regexps.join(","),
  };
  const isOld = profile === "istio-1.6";
  return {
    name: "generated",
    profile,
    args: ["proxy", "sidecar", `--domain=${all.domain}`, `--outlierLogPath=${all.outlier}`],
    env: {
      POD_NAME: all.name,
      POD_NAMESPACE: all.namespace,
      SERVICE_ACCOUNT: all.account,
      INSTANCE_IP: "10.0.0.1",
      PROXY_CONFIG: JSON.stringify({
        extraStatTags: all.tags,
        availabilityZone: all.zone,
        discoveryAddress: "istiod:15010",
        controlPlaneAuthPolicy: "NONE",
      }),
      ISTIO_METAJSON_ALL: JSON.stringify({ ...all.json, ...(isOld ? stats : {}) }),
      ...Object.fromEntries(Object.entries(all.meta).map(([name, value]) => [`ISTIO_META_${name}`, value])),
    },
    files: {
      "etc/istio/pod/labels": literals(all.labels),
      "etc/istio/pod/annotations": literals({ ...all.annotations, ...(isOld ? {} : stats) }),
    },
    expect: { launched: true, exit: 0 },
  };
}

async function bootstrapOf(profile: string, all: Given): Promise<Record<string, never>> {
  const { host, launches, errors } = fakeHost(caseOf(profile, all));
  const status = await run(["--profile", profile, ...caseOf(profile, all).args], "attache", host);
  expect({ status, errors }).toEqual({ status: 0, errors: [] });
  return JSON.parse(launches[0]?.bootstrap ?? "");
}

/** Returns the document's structure without user values: its keys, and the length of its fixed lists. */
function shapeOf(bootstrap: Record<string, never>): unknown {
  const { node, stats_config, cluster_manager, ...rest } = bootstrap as Record<string, object>; // a parsed document
  return [Object.keys(node ?? {}), Object.keys(stats_config ?? {}), Object.keys(cluster_manager ?? {}).length > 0, rest];
}

const CALM: Given = {
  name: "a",
  namespace: "b",
  domain: "c",
  account: "d",
  meta: {},
  json: {},
  labels: {},
  annotations: {},
  tags: [],
  prefixes: ["p"],
  regexps: ["r"],
  outlier: "/o",
  zone: "z",
};

describe.each(PROFILE_NAMES)("values stay values in %s", (profile) => {
  test(`${RUNS} generated inputs`, async () => {
    const shape = shapeOf(await bootstrapOf(profile, CALM));
    await fc.assert(
      fc.asyncProperty(given, async (all) => {
        const bootstrap = await bootstrapOf(profile, all);
        checkValues(bootstrap, all);
        if (all.outlier !== "") expect(shapeOf(bootstrap)).toEqual(shape);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  }, 180_000);

  test("values of 1 MiB", async () => {
    const big = '"\\<%{{\n'.repeat(MIBIBYTE / 7);
    const all = { ...CALM, name: big, account: big, meta: { XBIG: big }, labels: { KBIG: big }, prefixes: [big] };
    checkValues(await bootstrapOf(profile, all), all);
  }, 180_000);
});

// biome-ignore lint/suspicious/noExplicitAny: a parsed document, walked by hand
function checkValues(bootstrap: any, all: Given): void {
  const { node, stats_config: stats } = bootstrap;
  expect(node.id).toBe(`sidecar~10.0.0.1~${all.name}.${all.namespace}~${all.domain || `${all.namespace}.svc.cluster.local`}`);
  const own = (holder: object, name: string) => Object.getOwnPropertyDescriptor(holder, name)?.value;
  for (const [name, value] of Object.entries({ ...all.meta, ...all.json })) expect(own(node.metadata, name)).toBe(value);
  for (const [name, value] of Object.entries(all.labels)) expect(own(node.metadata.LABELS, name)).toBe(value);
  if (all.account !== "") expect(node.metadata.SERVICE_ACCOUNT).toBe(all.account);
  if (all.zone !== "") expect(node.metadata.PROXY_CONFIG.availabilityZone).toBe(all.zone);
  const tags: string[] = stats.stats_tags.map((each: { tag_name: string }) => each.tag_name);
  for (const tag of all.tags) expect(tags).toContain(tag);
  const patterns: { prefix?: string; regex?: string; safe_regex?: { regex: string } }[] = stats.stats_matcher.inclusion_list.patterns;
  if (all.prefixes.join(",") !== "") for (const prefix of all.prefixes) expect(patterns.map((each) => each.prefix)).toContain(prefix);
  if (all.regexps.join(",") !== "")
    for (const regex of all.regexps) expect(patterns.map((each) => each.safe_regex?.regex ?? each.regex)).toContain(regex);
}
