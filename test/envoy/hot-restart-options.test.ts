import { describe, expect, test } from "bun:test";
import { hotRestartOptions } from "../../src/envoy/hot-restart-options.ts";
import { argumentsOf, hasOption, optionValue } from "../../src/envoy/options.ts";
import { optionsOf } from "../support/envoy-options.ts";

const NEW = optionsOf("-c", "f", "--drain-time-s", "45", "--disable-hot-restart", "--allow-unknown-static-fields");
const OLD = optionsOf("-c", "f", "--restart-epoch", "1", "--drain-time-s", "45", "--parent-shutdown-time-s", "60", "--service-node", "n");

describe("hotRestartOptions", () => {
  test.each([
    [
      "switches hot restart on where the contract has it off",
      NEW,
      { epoch: 0, baseId: 77, parentShutdown: 30_000 },
      "-c f --drain-time-s 45 --allow-unknown-static-fields --restart-epoch 0 --base-id 77 --parent-shutdown-time-s 30",
    ],
    [
      "keeps the drain that the contract plans, and sets another end in its place",
      OLD,
      { epoch: 1, parentShutdown: 50_000 },
      "-c f --restart-epoch 1 --drain-time-s 45 --parent-shutdown-time-s 50 --service-node n",
    ],
    [
      "sets epoch and base-id",
      OLD,
      { epoch: 2, baseId: 5, parentShutdown: 91_000 },
      "-c f --restart-epoch 2 --drain-time-s 45 --parent-shutdown-time-s 91 --service-node n --base-id 5",
    ],
  ] as const)("%s", (_, options, hotRestart, expected) => {
    expect(argumentsOf(hotRestartOptions(options, hotRestart)).join(" ")).toBe(expected);
  });

  test("has no effect when applied again", () => {
    const once = hotRestartOptions(NEW, { epoch: 3, baseId: 9, parentShutdown: 20_000 });
    expect(hotRestartOptions(once, { epoch: 3, baseId: 9, parentShutdown: 20_000 })).toEqual(once);
  });

  test("never mistakes a value for an option", () => {
    const options = [
      { name: "--service-node", value: "--disable-hot-restart" },
      { name: "--service-cluster", value: "--restart-epoch" },
      { name: "-c", value: "--base-id" },
    ];
    expect(hotRestartOptions(options, { epoch: 1, baseId: 2, parentShutdown: 1_000 }).slice(0, 3)).toEqual(options);
  });
});

test("a value may look like an option", () => {
  const options = [{ name: "--service-node", value: "--concurrency" }, { name: "-l", value: "off" }, { name: "--enable-core-dump" }];
  expect(["--service-node", "--concurrency", "--enable-core-dump"].map((name) => hasOption(options, name))).toEqual([true, false, true]);
  expect([optionValue(options, "--log-level", "-l"), optionValue(options, "--concurrency")]).toEqual(["off", undefined]);
  expect(argumentsOf(options)).toEqual(["--service-node", "--concurrency", "-l", "off", "--enable-core-dump"]);
});
