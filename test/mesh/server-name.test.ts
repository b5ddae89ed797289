import { expect, test } from "bun:test";
import { sentServerName, verifiedName } from "../../src/mesh/server-name.ts";

// What Go's net.SplitHostPort makes of a name, and the name that its TLS client sends.
test.each([
  ["istiod.istio-system.svc", "istiod.istio-system.svc", "istiod.istio-system.svc"],
  ["istiod.istio-system.svc.", "istiod.istio-system.svc.", "istiod.istio-system.svc"],
  ["san.example:443", "san.example", "san.example"],
  ["san.example.:https", "san.example.", "san.example"],
  ["san.example:", "san.example", "san.example"],
  ["10.0.0.1.", "10.0.0.1.", undefined],
  [":443", "", undefined],
  ["", "", undefined],
  ["10.0.0.1", "10.0.0.1", undefined],
  ["10.0.0.1:443", "10.0.0.1", undefined],
  ["[10.0.0.1]", "10.0.0.1", undefined],
  ["::1", "::1", undefined],
  ["[::1]", "::1", undefined],
  ["[::1]:443", "::1", undefined],
  ["[::1", "[::1", undefined],
  ["[san.example]", "[san.example]", "[san.example]"],
  ["a:b:c", "a:b:c", undefined],
  ["a b", "a b", undefined],
])("%j", (serverName, verified, sent) => {
  expect(verifiedName(serverName)).toBe(verified);
  expect(sentServerName(serverName)).toBe(sent);
});
