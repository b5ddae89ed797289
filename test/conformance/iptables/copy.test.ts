import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { iptablesCases } from "./case.ts";
import { LEFT_ASIDE, leftAside } from "./left-aside.ts";
import { copyOf, IPTABLES_PROFILES, recordedLines, SOURCE } from "./vendor.ts";

// The original is not part of the repository: without it there is nothing to compare the copy with.
test.skipIf(!existsSync(SOURCE)).each(IPTABLES_PROFILES)("the copy of the iptables cases of %s is complete", (profile) => {
  expect(gunzipSync(readFileSync(copyOf(profile))).toString() === recordedLines(profile)).toBe(true);
});

test("the cases are those that were recorded", () => {
  expect(IPTABLES_PROFILES.map((profile) => [profile, iptablesCases(profile).length])).toEqual([
    ["istio-1.6", 45],
    ["istio-1.30", 131],
  ]);
});

test("each case that is left aside exists", () => {
  const aside = IPTABLES_PROFILES.flatMap(iptablesCases).map(leftAside);
  expect(LEFT_ASIDE.filter((row) => !aside.includes(row))).toEqual([]);
});
