import { expect, test } from "bun:test";
import { environmentOf } from "../../src/inputs/environment.ts";
import { chooseProfile, profileNames } from "../../src/profiles/choose.ts";

type Row = readonly [
  flag: string | undefined,
  environment: Readonly<Record<string, string>>,
  name: string,
  reason: string,
  unknown?: { readonly origin: string; readonly name: string },
];

const NEWEST = profileNames().at(-1) ?? "";

const of = (version: string) => `from ISTIO_META_ISTIO_VERSION "${version}"`;
const ROWS: readonly Row[] = [
  [undefined, {}, "istio-1.30", "by default"],
  ["istio-1.6", {}, "istio-1.6", "set by --profile"],
  ["istio-1.30", { ATTACHE_PROFILE: "istio-1.6" }, "istio-1.30", "set by --profile"],
  [undefined, { ATTACHE_PROFILE: "istio-1.6" }, "istio-1.6", "set by ATTACHE_PROFILE"],
  ["istio-1.29", { ISTIO_META_ISTIO_VERSION: "1.27.1" }, "istio-1.29", "set by --profile"],
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
  expect([choice.profile.name, choice.reason, choice.unknown, choice.unrecorded]).toEqual([name, reason, unknown, undefined]);
});

/** Versions of images with the contract that each follows, and whether its release is known; without a name, the default is followed. */
const VERSIONS: readonly (readonly [version: string, name?: string, isKnown?: boolean])[] = [
  ["1.6.8", "istio-1.6", true],
  ["1.7-alpha", "istio-1.6", true],
  ["release-1.5", "istio-1.6", false],
  ["0.9", "istio-1.6", false],
  ["1.8.0", "istio-1.28", false],
  ["1.8", "istio-1.28", false],
  ["1.20.8", "istio-1.28", false],
  ["1.27.3", "istio-1.28", false],
  ["1.28.10", "istio-1.28", true],
  ["1.28.99", "istio-1.28", true],
  ["1.29.6", "istio-1.29", true],
  ["1.29.0-rc.1", "istio-1.29", true],
  ["1.30.3", "istio-1.30", true],
  ["1.30.99", "istio-1.30", true],
  ["1.30.3-distroless", "istio-1.30", true],
  ["1.30.3-asm.1", "istio-1.30", true],
  ["1.30.3-with-envoy-1.38.0", "istio-1.30", true],
  ["fork-2.1-of-1.30.3", NEWEST, false],
  ["proxyv2-1.29.4-of-1.31.0", "istio-1.29", true],
  ["1.30-alpha.abc", "istio-1.30", true],
  ["v1.29", "istio-1.29", true],
  ["1.31.0", "istio-1.31", true],
  ["1.31-alpha.abc", "istio-1.31", true],
  ["1.31.9", "istio-1.31", true],
  ["1.32.0", NEWEST, false],
  ["2.0", NEWEST, false],
  ["15"],
  ["latest"],
  [""],
];

test.each(VERSIONS.map((row) => [row]))("version %j", ([version, name, isKnown]) => {
  const choice = chooseProfile(undefined, environmentOf([["ISTIO_META_ISTIO_VERSION", version]]));
  expect([choice.profile.name, choice.reason, choice.unrecorded === undefined]).toEqual(
    name === undefined ? ["istio-1.30", "by default", true] : [name, of(version), isKnown ?? false],
  );
});
