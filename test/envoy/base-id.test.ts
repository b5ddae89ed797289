import { describe, expect, test } from "bun:test";
import { type BaseIdSeed, baseIdCandidate, baseIdsIn } from "../../src/envoy/base-id.ts";

const SEED: BaseIdSeed = { adminPort: 15000, configPath: "./etc/istio/proxy", agent: 1 };

describe("baseIdCandidate", () => {
  test("is the same for the same seed, another for another one", () => {
    const others: readonly BaseIdSeed[] = [
      { ...SEED, adminPort: 15001 },
      { ...SEED, configPath: "/b" },
      { ...SEED, agent: 2 },
      { ...SEED, adminPort: 1, agent: 50001 },
    ];
    const ids = [SEED, { ...SEED }, ...others].map((seed) => baseIdCandidate(seed, 0));
    expect(ids[0]).toBe(ids[1] ?? 0);
    expect(new Set(ids).size).toBe(1 + others.length);
  });

  test("stays in the range without overflow, and does not repeat soon", () => {
    for (let agent = 1; agent < 200; agent += 1) {
      const ids = Array.from({ length: 100 }, (_, attempt) => baseIdCandidate({ ...SEED, agent }, attempt));
      expect(ids.every((id) => Number.isInteger(id) && id >= 1 && id * 10 + 2 < 2 ** 31)).toBe(true);
      expect(new Set(ids).size).toBe(100);
    }
  });
});

test("baseIdsIn finds every base-id by its sockets, whatever the epoch", () => {
  const line = (name: string) => `ffff: 00000002 00000000 00000000 0002 01 1 ${name}`;
  const text = [
    line(`@envoy_domain_socket_parent_770${"@".repeat(60)}`),
    line(`@envoy_domain_socket_child_782${"@".repeat(60)}`),
    line("@envoy_domain_socket_udp_parent_11@"),
    line("@envoy_domain_socket_udp_child_0@"),
    line("@other_100@"),
    line("/run/envoy_domain_socket_parent_990"),
    "",
  ].join("\n");
  expect([...baseIdsIn(text)].sort((a, b) => a - b)).toEqual([0, 1, 77, 78]);
});
