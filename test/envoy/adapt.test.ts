import { describe, expect, test } from "bun:test";
import { type Adaptable, adapt } from "../../src/envoy/adapt.ts";
import { hasOption } from "../../src/envoy/options.ts";
import type { EnvoyVersion } from "../../src/inputs/questions.ts";
import { optionsOf } from "../support/envoy-options.ts";

const V2 = "type.googleapis.com/envoy.config.trace.v2.ZipkinConfig";
const V3 = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig";

function version(text: string): EnvoyVersion {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return { major, minor, patch, text };
}

function wantedOf(bootstrap: string | undefined, options = optionsOf("-c", "f", "--max-obj-name-len", "189", "-l", "info")): Adaptable {
  return { options, ...(bootstrap === undefined ? {} : { bootstrap }) };
}

const OLD = JSON.stringify({ a: { "@type": V2 } });

describe("adapt", () => {
  test.each([
    ["1.14.1", false, false],
    ["1.15.0", true, false],
    ["1.17.4", true, true],
    ["1.40.0", true, true],
  ])("for Envoy %s: the option goes %p, v2 goes %p", (text, dropsOption, dropsV2) => {
    const adapted = adapt(wantedOf(OLD), version(text));
    expect(hasOption(adapted.options, "--max-obj-name-len")).toBe(!dropsOption);
    expect(JSON.parse(adapted.bootstrap ?? "")).toEqual({ a: { "@type": dropsV2 ? V3 : V2 } });
    expect(adapted.notices.length).toBe(Number(dropsOption) + Number(dropsV2));
  });

  test("reports each change once", () => {
    const { options, notices } = adapt(wantedOf(OLD), version("1.40.0"));
    expect(options).toEqual(optionsOf("-c", "f", "-l", "info"));
    expect(notices).toEqual([
      { level: "info", text: "Adapted to Envoy 1.40.0: removed --max-obj-name-len 189, which it does not support" },
      { level: "info", text: "Adapted to Envoy 1.40.0: type URLs of envoy.config.trace.v2. became those of envoy.config.trace.v3." },
    ]);
  });

  test.each([
    ["what needs nothing", wantedOf('{"a" : 1}', optionsOf("-c", "f"))],
    [
      "values that look like the option",
      wantedOf("{}", [{ name: "--service-node", value: "--max-obj-name-len" }, ...optionsOf("--skip-deprecated-logs", "-l", "info")]),
    ],
    ["the override's text", wantedOf("{}", [{ name: "--config-yaml", value: OLD }])],
    ["a template's YAML", wantedOf(`"@type": ${V2}`, [])],
    ["what is no document", wantedOf("[]", [])],
    ["a custom file", wantedOf(undefined, optionsOf("-c", "mine"))],
  ])("keeps %s unchanged", (_, wanted) => {
    expect(adapt(wanted, version("1.40.0"))).toEqual({ ...wanted, notices: [] });
  });
});
