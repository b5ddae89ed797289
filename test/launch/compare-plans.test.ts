import { expect, test } from "bun:test";
import { isSameEnvoy, unchangedParts } from "../../src/launch/compare-plans.ts";
import type { AgentPlan, EpochPlan } from "../../src/launch/plan.ts";
import { BLANK_AGENT, BLANK_EPOCH } from "../support/blank-plan.ts";
import { optionsOf } from "../support/envoy-options.ts";

const { services, supervision } = BLANK_AGENT;
const STOP = { supervision: { ...supervision, stopTimeout: supervision.stopTimeout + 1 } };
const STATUS = { services: { ...services, status: { port: 1 } as unknown as AgentPlan["services"]["status"] & object } }; // only compared
const READINESS = { services: { ...services, readiness: { ...services.readiness, nameTable: true } } };

test.each<[string, Partial<AgentPlan>, readonly string[]]>([
  ["nothing", { notices: [{ level: "warn", text: "another" }], node: { ...BLANK_AGENT.node, cluster: "other" } }, []],
  ["how it is supervised", STOP, ["how the agent drains, stops and watches Envoy"]],
  ["the answers of the status port", STATUS, ["the answers of the status port"]],
  ["what makes the proxy ready", READINESS, ["the answers of the status port"]],
  ["both", { ...STOP, ...STATUS }, ["how the agent drains, stops and watches Envoy", "the answers of the status port"]],
])("parts that a new plan would change of the agent itself: %s", (_, changed, parts) => {
  expect(unchangedParts(BLANK_AGENT, { ...BLANK_AGENT, ...changed })).toEqual([...parts]);
  expect(unchangedParts({ ...BLANK_AGENT, ...changed }, BLANK_AGENT)).toEqual([...parts]);
});

const generated = (number: number, more: Partial<EpochPlan> = {}): EpochPlan => ({
  ...BLANK_EPOCH,
  epoch: number,
  directory: "d",
  configFile: `d/envoy-rev${number}.json`,
  bootstrap: "{}",
  options: optionsOf("-c", `d/envoy-rev${number}.json`, "--restart-epoch", String(number), "-l", "info"),
  ...more,
});
const custom = (path: string): EpochPlan => ({ ...BLANK_EPOCH, configFile: path, options: optionsOf("-c", path) });

test.each<[string, EpochPlan, EpochPlan, boolean]>([
  ["the number alone", generated(0), generated(1), true],
  ["another bootstrap", generated(0), generated(1, { bootstrap: "[]" }), false],
  ["another program", generated(0), generated(1, { binary: "other" }), false],
  ["another directory", generated(0), generated(1, { directory: "e" }), false],
  ["another option", generated(0), generated(1, { options: optionsOf("-l", "debug") }), false],
  ["a file of one's own", custom("a"), custom("a"), true],
  ["another file of one's own", custom("a"), custom("b"), false],
])("epochs that differ in %s", (_, one, other, isSame) => {
  expect(isSameEnvoy(one, other)).toBe(isSame);
});
