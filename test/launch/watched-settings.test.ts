import { expect, test } from "bun:test";
import { environmentOf } from "../../src/inputs/environment.ts";
import { watchedSettings } from "../../src/launch/watched-settings.ts";
import { readSettings } from "../../src/profiles/read-settings.ts";
import { commandOf } from "../support/command-of.ts";

const ALWAYS = ["./etc/istio/config/mesh", "./etc/istio/pod/annotations"];

test.each([
  ["always", [], {}, ALWAYS],
  ["another mesh config", ["--meshConfig", "/m"], {}, ["/m", "./etc/istio/pod/annotations"]],
  ["the override", [], { ISTIO_BOOTSTRAP_OVERRIDE: "/o" }, [...ALWAYS, "/o"]],
  ["a template", ["--templateFile", "/t"], {}, [...ALWAYS, "/t"]],
  ["a template of the environment", [], { ISTIO_BOOTSTRAP: "/e" }, [...ALWAYS, "/e"]],
  ["a custom file", [], { PROXY_CONFIG: '{"customConfigFile":"/c"}' }, [...ALWAYS, "/c"]],
  [
    "several, in order",
    ["--meshConfig", "/m", "--templateFile", "/t"],
    { ISTIO_BOOTSTRAP_OVERRIDE: "/o" },
    ["/m", "./etc/istio/pod/annotations", "/o", "/t"],
  ],
  ["a path once", ["--templateFile", "/o"], { ISTIO_BOOTSTRAP_OVERRIDE: "/o" }, [...ALWAYS, "/o"]],
] as const)("watched: %s", (_, args, variables, expected) => {
  const environment = environmentOf(Object.entries(variables));
  const { choice, invocation } = commandOf(["--profile", "istio-1.30", "proxy", ...args], environment);
  const missing = { kind: "missing" } as const;
  const inputs = { environment, files: { meshConfig: missing, labels: missing, annotations: missing }, interfaces: [], uid: 0 };
  expect(watchedSettings(readSettings(choice.profile, invocation, inputs))).toEqual(expected);
});
