import { expect, test } from "bun:test";
import { problemMessage } from "../../src/settings/problem-message.ts";

const TEXT = "statusPort: 99999\nproxyMetadata: {}\ntracing:\n  zipkin:\n    address: a\n";

test.each<[string, Parameters<typeof problemMessage>, string]>([
  [
    "the value where the text does not have it",
    [{ field: "binaryPath", text: "must be another" }, { binaryPath: "/x" }, { origin: "the flag" }],
    'must be another: current value is "/x" (binaryPath from the flag)',
  ],
  [
    "no value that the text has",
    [
      { field: "statusPort", text: "port number 99999 must be in the range", showsValue: true },
      { statusPort: 99999 },
      { origin: "o", text: TEXT },
    ],
    "port number 99999 must be in the range (statusPort from o, line 1, column 13)",
  ],
  [
    "no string that the text has",
    [{ field: "discoveryAddress", text: 'cannot split "a\\b"', showsValue: true }, { discoveryAddress: "a\\b" }, { origin: "o" }],
    'cannot split "a\\b" (discoveryAddress from o)',
  ],
  [
    "an empty string",
    [{ field: "binaryPath", text: "must be set" }, { binaryPath: "" }, { origin: "o" }],
    'must be set: current value is "" (binaryPath from o)',
  ],
  ["no absent value", [{ field: "binaryPath", text: "must be set" }, {}, { origin: "o" }], "must be set (binaryPath from o)"],
  [
    "a duration as in a document",
    [{ field: "drainDuration", text: "is too long" }, { drainDuration: 5_400_000_000_000n }, { origin: "o" }],
    "is too long: current value is 1h30m0s (drainDuration from o)",
  ],
  [
    "the position of a nested field",
    [
      { field: "tracing.zipkin.address", text: "is not an address" },
      { tracing: { zipkin: { address: "a" } } },
      { origin: "o", text: TEXT },
    ],
    'is not an address: current value is "a" (tracing.zipkin.address from o, line 5, column 14)',
  ],
  [
    "the position of the message that lacks the field",
    [{ field: "tracing.zipkin.port", text: "must be set" }, {}, { origin: "o", text: TEXT }],
    "must be set (tracing.zipkin.port from o, line 5, column 5)",
  ],
  [
    "the position below a prefix, by proto name",
    [
      { field: "statusPort", text: "must be less" },
      { statusPort: 7 },
      { origin: "o", text: "default_config:\n  status_port: 7\n", prefix: ["default_config"] },
    ],
    "must be less: current value is 7 (statusPort from o, line 2, column 16)",
  ],
  [
    "no position where the document lacks the field",
    [{ field: "statusPort", text: "must be less" }, { statusPort: 7 }, { origin: "o", text: "a: 1", prefix: ["defaultConfig"] }],
    "must be less: current value is 7 (statusPort from o)",
  ],
])("a problem shows %s", (_, given, expected) => {
  expect(problemMessage(...given)).toBe(expected);
});
