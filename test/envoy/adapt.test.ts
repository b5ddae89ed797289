import { describe, expect, test } from "bun:test";
import { adaptLaunch } from "../../src/envoy/adapt.ts";
import { hasOption } from "../../src/envoy/options.ts";
import type { EnvoyVersion } from "../../src/inputs/questions.ts";
import type { Launch } from "../../src/launch/launch.ts";
import { BLANK_LAUNCH } from "../support/blank-launch.ts";
import { optionsOf } from "../support/envoy-options.ts";

const V2 = "type.googleapis.com/envoy.config.trace.v2.ZipkinConfig";
const V3 = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig";

function version(text: string): EnvoyVersion {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return { major, minor, patch, text };
}

function launchOf(bootstrap: string | undefined, options = optionsOf("-c", "f", "--max-obj-name-len", "189", "-l", "info")): Launch {
  return {
    ...BLANK_LAUNCH,
    options,
    configFile: "f",
    ...(bootstrap === undefined ? {} : { bootstrap }),
    files: [{ path: "token", text: V2, mode: 0o600 }, ...(bootstrap === undefined ? [] : [{ path: "f", text: bootstrap, mode: 0o600 }])],
    notices: [{ level: "warn", text: "before" }],
  };
}

const OLD = JSON.stringify({ a: { "@type": V2 } });
const textOf = (launch: Launch) => launch.files.map(({ text }) => text);

describe("adaptLaunch", () => {
  test.each([
    ["1.14.1", false, false],
    ["1.15.0", true, false],
    ["1.17.4", true, true],
    ["1.40.0", true, true],
  ])("for Envoy %s: the option goes %p, v2 goes %p", (text, dropsOption, dropsV2) => {
    const launch = adaptLaunch(launchOf(OLD), version(text));
    expect(hasOption(launch.options, "--max-obj-name-len")).toBe(!dropsOption);
    expect(JSON.parse(launch.bootstrap ?? "")).toEqual({ a: { "@type": dropsV2 ? V3 : V2 } });
    expect(launch.notices.length).toBe(1 + Number(dropsOption) + Number(dropsV2));
  });

  test("changes the bootstrap in both of its places and no other file, and says each change once", () => {
    const launch = adaptLaunch(launchOf(OLD), version("1.40.0"));
    expect(launch.options).toEqual(optionsOf("-c", "f", "-l", "info"));
    expect(textOf(launch)).toEqual([V2, launch.bootstrap ?? ""]);
    expect(launch.notices).toEqual([
      { level: "warn", text: "before" },
      { level: "info", text: "Adapted to Envoy 1.40.0: left out --max-obj-name-len 189, which it does not know" },
      { level: "info", text: "Adapted to Envoy 1.40.0: type URLs of envoy.config.trace.v2. became those of envoy.config.trace.v3." },
    ]);
  });

  test.each([
    ["a launch that needs nothing", launchOf('{"a" : 1}', optionsOf("-c", "f"))],
    [
      "values that look like the option",
      launchOf("{}", [{ name: "--service-node", value: "--max-obj-name-len" }, ...optionsOf("--skip-deprecated-logs", "-l", "info")]),
    ],
    ["the override's text", launchOf("{}", [{ name: "--config-yaml", value: OLD }])],
    ["a template's YAML", launchOf(`"@type": ${V2}`, [])],
    ["what is no document", launchOf("[]", [])],
    ["a custom file", launchOf(undefined, optionsOf("-c", "mine"))],
  ])("leaves %s as it is", (_, launch) => {
    expect(adaptLaunch(launch, version("1.40.0"))).toBe(launch);
  });
});
