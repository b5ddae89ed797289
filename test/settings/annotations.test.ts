import { describe, expect, test } from "bun:test";
import { misspelledAnnotations } from "../../src/settings/annotations.ts";

/** The annotations that Istio documents and either release reads (contract 1.6 §5.2, §7.3, 1.30 §4.1, §5.2, §5.3, §7.8). */
const READ = [
  "proxy.istio.io/config",
  "istio.io/proxyConfig",
  "sidecar.istio.io/discoveryAddress",
  "sidecar.istio.io/statsInclusionPrefixes",
  "sidecar.istio.io/statsInclusionSuffixes",
  "sidecar.istio.io/statsInclusionRegexps",
  "sidecar.istio.io/extraStatTags",
  "sidecar.istio.io/statsHistogramBuckets",
  "sidecar.istio.io/statsFlushInterval",
  "sidecar.istio.io/statsEvictionInterval",
  "status.sidecar.istio.io/port",
  "traffic.sidecar.istio.io/excludeInterfaces",
];

describe("misspelled annotations", () => {
  const warningsFor = (key: string) => misspelledAnnotations(new Map([[key, "x"]])).map(({ text }) => text);

  test.each(READ)("%s is known, and each misspelling of it is reported", (name) => {
    expect(warningsFor(name)).toEqual([]);
    const [domain = "", key = ""] = name.split("/");
    for (const misspelled of [
      `${domain}/${key.slice(0, -2)}${key.at(-1)}`,
      `${domain.slice(1)}/${key}`,
      `${domain}/${key}x`,
      `${domain}/${key}xy`,
    ])
      expect(warningsFor(misspelled)).toEqual([`Ignoring pod annotation "${misspelled}"; did you mean ${name}?`]);
  });

  test("each misspelling is one warning", () => {
    const keys = ["sidecar.istio.io/extraStatTag", "app", "status.sidecar.istio.io/prt"];
    expect(misspelledAnnotations(new Map(keys.map((key) => [key, "x"]))).map(({ text }) => text.split('"')[1])).toEqual([
      "sidecar.istio.io/extraStatTag",
      "status.sidecar.istio.io/prt",
    ]);
  });

  test.each([
    "sidecar.istio.io/inject",
    "example.com/config",
    "status.sidecar.istio.io/portxyz",
    "istio.io/rev",
    "idecar.istio.io/extraStatTag",
    "app",
    "\ufeffproxy.istio.io/config",
  ])("%s is not a misspelling", (key) => {
    expect(warningsFor(key)).toEqual([]);
  });
});
