import { expect, test } from "bun:test";
import { sentHeaders } from "../../src/mesh/grpc-headers.ts";

test("of a header that HTTP allows once, the first value is sent; of others all, in their order", () => {
  const configured = [
    ["authorization", "Bearer token"],
    ["x-tenant", "one"],
    ["authorization", "Basic other"],
    ["x-tenant", "two"],
    ["content-language", "en"],
    ["content-language", "de"],
    ["clusterid", "a"],
    ["clusterid", "b"],
  ] as const;
  expect(sentHeaders(configured)).toEqual([
    ["authorization", "Bearer token"],
    ["x-tenant", "one"],
    ["x-tenant", "two"],
    ["content-language", "en"],
    ["clusterid", "a"],
    ["clusterid", "b"],
  ]);
});
