import { describe, expect, test } from "bun:test";
import { connectionProblems } from "../../src/profiles/istio-1.31/connection-settings.ts";
import { RULES } from "../../src/profiles/istio-1.31/profile.ts";
import { rulesOf } from "../../src/profiles/rules.ts";
import { decodeInto } from "../../src/settings/decode.ts";

const { proxyConfig: SCHEMA, addedProblems } = rulesOf(RULES);

function problemsOf(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const { value, errors } = decodeInto(SCHEMA, {}, { connectionSettings: settings });
  return [...errors, ...addedProblems(value)].map(({ text }) => text);
}

/** The smallest allowed value of each field with a limit, and the largest that is refused. */
const LIMITS: readonly (readonly [field: string, least: number | string, refused: number | string])[] = [
  ["listenerPerConnectionBufferLimitBytes", 0, -1],
  ["clusterPerConnectionBufferLimitBytes", 0, -1],
  ["httpIdleTimeout", "0s", "-0.001s"],
  ["httpMaxConnectionDuration", "0s", "-1s"],
  ["httpDrainTimeout", "0s", "-1s"],
  ["httpRequestTimeout", "0s", "-1s"],
  ["httpRequestHeadersTimeout", "0s", "-1s"],
  ["httpStreamIdleTimeout", "0s", "-1s"],
  ["httpMaxStreamDuration", "0s", "-1s"],
  ["httpMaxConcurrentStreams", 1, 0],
  ["http2InitialStreamWindowSize", 65_535, 65_534],
  ["http2InitialConnectionWindowSize", 65_535, 65_534],
  ["listenerConnectionLimit", 1, 0],
  ["globalDownstreamConnectionLimit", 1, 0],
];

describe("connectionSettings of 1.31 (contract 1.31 §6)", () => {
  test.each(LIMITS)("%s: %p is allowed, %p is not", (field, least, refused) => {
    expect(problemsOf({ [field]: least })).toEqual([]);
    expect(problemsOf({ [field]: refused })).toEqual([expect.stringContaining(`invalid connection settings: ${field} must`)]);
    expect(problemsOf({ [field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]: refused })).toHaveLength(1);
  });

  test("every problem is reported, with its field", () => {
    expect(connectionProblems({ connectionSettings: { listenerConnectionLimit: 0, httpMaxConcurrentStreams: -1 } })).toMatchObject([
      { field: "connectionSettings.httpMaxConcurrentStreams" },
      { field: "connectionSettings.listenerConnectionLimit" },
    ]);
  });

  test.each([
    [{ profile: "EDGE", httpMergeSlashes: false }, 0],
    [{ profile: 1, httpPathWithEscapedSlashesAction: "KEEP_UNCHANGED" }, 0],
    [{ profile: "GATEWAY" }, 1],
    [{ httpHeadersWithUnderscoresAction: "ALLOW" }, 1],
    [{}, 0],
  ])("%j: %d problems", (settings, count) => {
    expect(problemsOf(settings)).toHaveLength(count);
  });
});
