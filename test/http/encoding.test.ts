import { expect, test } from "bun:test";
import { encodingFor } from "../../src/http/encoding.ts";

test.each([
  ["", undefined],
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["gzip, zstd", "zstd"],
  ["gzip;q=1, zstd;q=0.5", "gzip"],
  ["gzip;q=0", undefined],
  ["br, deflate", undefined],
  ["GZIP", "gzip"],
  ["gzip;q=x", undefined],
] as const)("accept-encoding %j chooses %p", (value, encoding) => {
  expect(encodingFor([["Accept-Encoding", value]])).toBe(encoding);
});
