import { describe, expect, test } from "bun:test";
import { handoverArgs, parentShutdownOf } from "../../src/envoy/handover-args.ts";
import { optionsOf, wordsOf } from "../../src/envoy/options.ts";

const NEW = ["-c", "f", "--drain-time-s", "45", "--drain-strategy", "immediate", "--disable-hot-restart", "--allow-unknown-static-fields"];
const OLD = ["-c", "f", "--restart-epoch", "1", "--drain-time-s", "45", "--parent-shutdown-time-s", "60", "--service-node", "n"];

describe("handoverArgs", () => {
  test.each([
    [
      "switches hot restart on where the contract has it off",
      NEW,
      { epoch: 0, baseId: 77, longestRequest: 30 },
      "-c f --drain-time-s 45 --drain-strategy immediate --allow-unknown-static-fields --restart-epoch 0 --base-id 77 --parent-shutdown-time-s 30",
    ],
    [
      "keeps the drain that the contract plans, and sets a shorter end in its place",
      OLD,
      { epoch: 1, longestRequest: 50 },
      "-c f --restart-epoch 1 --drain-time-s 45 --parent-shutdown-time-s 50 --service-node n",
    ],
    [
      "sets epoch, base-id and a longer end",
      OLD,
      { epoch: 2, baseId: 5, longestRequest: 90.2 },
      "-c f --restart-epoch 2 --drain-time-s 45 --parent-shutdown-time-s 91 --service-node n --base-id 5",
    ],
    [
      "outlasts a gradual drain",
      ["--drain-time-s", "10"],
      { epoch: 0, longestRequest: 1 },
      "--drain-time-s 10 --restart-epoch 0 --parent-shutdown-time-s 11",
    ],
    [
      "never ends the old epoch at once",
      ["--drain-strategy", "immediate"],
      { epoch: 0, longestRequest: 0 },
      "--drain-strategy immediate --restart-epoch 0 --parent-shutdown-time-s 1",
    ],
  ] as const)("%s", (_, args, handover, expected) => {
    expect(handoverArgs(args, handover).join(" ")).toBe(expected);
  });

  test("is the same when it is applied again", () => {
    const once = handoverArgs(NEW, { epoch: 3, baseId: 9, longestRequest: 20 });
    expect(handoverArgs(once, { epoch: 3, baseId: 9, longestRequest: 20 })).toEqual(once);
  });

  test("never takes a value for an option", () => {
    const args = ["--service-node", "--disable-hot-restart", "--service-cluster", "--restart-epoch", "-c", "--base-id"];
    expect(handoverArgs(args, { epoch: 1, baseId: 2, longestRequest: 1 }).slice(0, 6)).toEqual(args);
  });
});

test.each([
  [OLD, 60_000],
  [NEW, 0],
] as const)("parentShutdownOf %j", (args, milliseconds) => {
  expect(parentShutdownOf(args)).toBe(milliseconds);
});

test.each([[NEW], [OLD], [["-c"]], [[]]])("optionsOf %j loses no word", (args) => {
  expect(wordsOf(optionsOf(args))).toEqual(args);
});
