import { expect, test } from "bun:test";
import { environmentOf } from "../../src/inputs/environment.ts";
import { chooseProfile } from "../../src/profiles/choose.ts";

type Row = readonly [
  flag: string | undefined,
  environment: Readonly<Record<string, string>>,
  name: string,
  reason: string,
  unknown?: { readonly origin: string; readonly name: string },
];

const ROWS: readonly Row[] = [
  [undefined, {}, "istio-1.30", "by default"],
  ["istio-1.6", {}, "istio-1.6", "set by --profile"],
  ["istio-1.30", { ATTACHE_PROFILE: "istio-1.6" }, "istio-1.30", "set by --profile"],
  [undefined, { ATTACHE_PROFILE: "istio-1.6" }, "istio-1.6", "set by ATTACHE_PROFILE"],
  [undefined, { ISTIO_META_ISTIO_VERSION: "1.6.8" }, "istio-1.6", 'from ISTIO_META_ISTIO_VERSION "1.6.8"'],
  [undefined, { ISTIO_META_ISTIO_VERSION: "1.7-alpha" }, "istio-1.6", 'from ISTIO_META_ISTIO_VERSION "1.7-alpha"'],
  [undefined, { ISTIO_META_ISTIO_VERSION: "1.8.0" }, "istio-1.30", 'from ISTIO_META_ISTIO_VERSION "1.8.0"'],
  [undefined, { ISTIO_META_ISTIO_VERSION: "release-1.5" }, "istio-1.6", 'from ISTIO_META_ISTIO_VERSION "release-1.5"'],
  [undefined, { ISTIO_META_ISTIO_VERSION: "2.0" }, "istio-1.30", 'from ISTIO_META_ISTIO_VERSION "2.0"'],
  [undefined, { ISTIO_META_ISTIO_VERSION: "0.9" }, "istio-1.6", 'from ISTIO_META_ISTIO_VERSION "0.9"'],
  [undefined, { ISTIO_META_ISTIO_VERSION: "latest" }, "istio-1.30", "by default"],
  [
    "nonsense",
    { ISTIO_META_ISTIO_VERSION: "1.6" },
    "istio-1.6",
    'from ISTIO_META_ISTIO_VERSION "1.6"',
    { origin: "--profile", name: "nonsense" },
  ],
  [undefined, { ATTACHE_PROFILE: "x" }, "istio-1.30", "by default", { origin: "ATTACHE_PROFILE", name: "x" }],
];

test.each(ROWS.map((row) => [row]))("%j", ([flag, environment, name, reason, unknown]) => {
  const choice = chooseProfile(flag, environmentOf(Object.entries(environment)));
  expect([choice.profile.name, choice.reason, choice.unknown]).toEqual([name, reason, unknown]);
});
