import { expect, test } from "bun:test";
import { joinCauses } from "../../src/status/join-causes.ts";

const CA = 'no certificate: CA "istiod:15012": UNAVAILABLE: no route';
const PLANE = 'control plane "istiod:15012": UNAVAILABLE: no route';
const BOTH = 'no certificate: CA and control plane "istiod:15012": UNAVAILABLE: no route';

test.each<[string, readonly string[], readonly string[]]>([
  ["nothing", [], []],
  ["only the CA", [CA], [CA]],
  ["only the control plane", [PLANE], [PLANE]],
  ["both alike", [CA, PLANE], [BOTH]],
  ["both alike, among others", ["one", CA, "two", PLANE], ["one", BOTH, "two"]],
  ["both alike, and a rejection", [CA, `${PLANE}; Envoy rejected Cluster`], [`${BOTH}; Envoy rejected Cluster`]],
  ["a failure that begins with the other", [CA, `${PLANE}s`], [CA, `${PLANE}s`]],
  ["other addresses", [CA.replace("istiod", "ca"), PLANE], [CA.replace("istiod", "ca"), PLANE]],
  ["a certificate without a CA", ["no certificate: no file", PLANE], ["no certificate: no file", PLANE]],
])("%s", (_, causes, joined) => expect(joinCauses(causes)).toEqual([...joined]));
