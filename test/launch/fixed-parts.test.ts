import { expect, test } from "bun:test";
import { fixedParts } from "../../src/launch/fixed-parts.ts";
import type { Launch } from "../../src/launch/launch.ts";
import { BLANK_LAUNCH } from "../support/blank-launch.ts";

const STOP = { supervision: { ...BLANK_LAUNCH.supervision, stopTimeout: BLANK_LAUNCH.supervision.stopTimeout + 1 } };
const STATUS = { status: { port: 1 } as unknown as Launch["status"] & object }; // only compared

test.each<[string, Partial<Launch>, readonly string[]]>([
  ["nothing", { options: [{ name: "-l", value: "debug" }], bootstrap: "{}" }, []],
  ["how it is supervised", STOP, ["how Envoy is drained, stopped and watched"]],
  ["what the status port answers", STATUS, ["what the status port answers"]],
  ["both", { ...STOP, ...STATUS }, ["how Envoy is drained, stopped and watched", "what the status port answers"]],
])("parts that an epoch would change of the agent itself: %s", (_, changed, parts) => {
  expect(fixedParts(BLANK_LAUNCH, { ...BLANK_LAUNCH, ...changed })).toEqual([...parts]);
});
