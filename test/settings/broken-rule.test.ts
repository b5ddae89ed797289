import { expect, test } from "bun:test";
import { brokenRule } from "../../src/settings/broken-rule.ts";

const TEXT = "statusPort: 99999\nproxyMetadata: {}\ntracing:\n  zipkin:\n    address: a\n";

test.each<[string, Parameters<typeof brokenRule>, string]>([
  [
    "the value where the rule does not say it",
    [{ field: "binaryPath", text: "must be another" }, { binaryPath: "/x" }, { origin: "the flag" }],
    'must be another: current value is "/x" (binaryPath from the flag)',
  ],
  [
    "no value that the rule says",
    [{ field: "statusPort", text: "port number 99999 must be in the range" }, { statusPort: 99999 }, { origin: "o", text: TEXT }],
    "port number 99999 must be in the range (statusPort from o, line 1, column 13)",
  ],
  [
    "no text that the rule says in quotes of its own",
    [{ field: "discoveryAddress", text: 'cannot split "a\\b"' }, { discoveryAddress: "a\\b" }, { origin: "o" }],
    'cannot split "a\\b" (discoveryAddress from o)',
  ],
  [
    "an empty text",
    [{ field: "binaryPath", text: "must be set" }, { binaryPath: "" }, { origin: "o" }],
    'must be set: current value is "" (binaryPath from o)',
  ],
  ["nothing of what is absent", [{ field: "binaryPath", text: "must be set" }, {}, { origin: "o" }], "must be set (binaryPath from o)"],
  [
    "a duration as people write it",
    [{ field: "drainDuration", text: "is too long" }, { drainDuration: 5_400_000_000_000n }, { origin: "o" }],
    "is too long: current value is 1h30m0s (drainDuration from o)",
  ],
  [
    "the place of an inner field",
    [{ field: "tracing.zipkin.address", text: "is no address" }, { tracing: { zipkin: { address: "a" } } }, { origin: "o", text: TEXT }],
    "is no address (tracing.zipkin.address from o, line 5, column 14)",
  ],
  [
    "the place of the message that lacks a field",
    [{ field: "tracing.zipkin.port", text: "must be set" }, {}, { origin: "o", text: TEXT }],
    "must be set (tracing.zipkin.port from o, line 5, column 5)",
  ],
  [
    "the place below a prefix, by the name in the proto file",
    [
      { field: "statusPort", text: "must be less" },
      { statusPort: 7 },
      { origin: "o", text: "default_config:\n  status_port: 7\n", prefix: ["default_config"] },
    ],
    "must be less: current value is 7 (statusPort from o, line 2, column 16)",
  ],
  [
    "no place where the text has none",
    [{ field: "statusPort", text: "must be less" }, { statusPort: 7 }, { origin: "o", text: "a: 1", prefix: ["defaultConfig"] }],
    "must be less: current value is 7 (statusPort from o)",
  ],
])("a broken rule shows %s", (_, given, expected) => {
  expect(brokenRule(...given)).toBe(expected);
});
