import { describe, expect, test } from "bun:test";
import { boundAddresses } from "../../src/envoy/bootstrap-ports.ts";
import { domainSocketInode } from "../../src/envoy/domain-socket.ts";
import { domainSocketOf, openFilesNeeded, validationOptions } from "../../src/envoy/option-facts.ts";
import type { EnvoyOption } from "../../src/envoy/options.ts";
import { optionsOf } from "../support/envoy-options.ts";

test.each([
  [770, "21"],
  [771, undefined],
  [77, undefined],
  [7, "24"],
])("the domain socket %d has inode %p", (number, inode) => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00000000 0002 01    20
0000000000000000: 00000002 00000000 00000000 0002 01    21 @envoy_domain_socket_parent_770@@@@@
0000000000000000: 00000002 00000000 00010000 0001 01    22 /run/envoy_domain_socket_parent_771
0000000000000000: 00000002 00000000 00000000 0002 01    24 @envoy_domain_socket_udp_child_7@@@@@
`;
  expect(domainSocketInode(table, number)).toBe(inode);
});

describe("boundAddresses", () => {
  const at = (port_value: unknown, more: object = {}) => ({ address: { socket_address: { address: "127.0.0.1", port_value, ...more } } });
  const listeners = (...list: readonly unknown[]) => ({ static_resources: { listeners: list } });
  test.each<[bootstrap: unknown, ports: readonly number[]]>([
    [{ admin: at(15000) }, [15000]],
    [{ admin: { address: { socketAddress: { address: "127.0.0.1", portValue: 15000 } } } }, [15000]],
    [{ admin: { address: { pipe: { path: "/s" } } } }, []],
    [listeners(at(1), at("2"), at(0), at(undefined)), [1, 2]],
    [listeners(at(1, { protocol: "UDP" }), at(2, { protocol: "TCP" })), [2]],
    [
      listeners({ ...at(1), bind_to_port: false }, { ...at(2), deprecated_v1: { bind_to_port: false } }, { ...at(3), bind_to_port: true }),
      [3],
    ],
    [listeners({ ...at(1), additional_addresses: [at(2)] }), [1, 2]],
    [{ staticResources: { listeners: [at(1)] } }, [1]],
    ...[undefined, null, "", [], 1, { admin: null, static_resources: { listeners: {} } }].map((each): [unknown, number[]] => [each, []]),
  ])("%j", (bootstrap, ports) => {
    expect(boundAddresses(bootstrap)).toEqual(ports.map((port) => ({ address: "127.0.0.1", port })));
  });
});

test.each<[options: readonly EnvoyOption[], socket: ReturnType<typeof domainSocketOf>]>([
  [[], { baseId: 0, number: 0 }],
  [optionsOf("--restart-epoch", "4", "--base-id", "77"), { baseId: 77, number: 771 }],
  [optionsOf("--base-id", "77", "--disable-hot-restart"), undefined],
  [optionsOf("--use-dynamic-base-id"), undefined],
  [
    [
      { name: "--service-cluster", value: "--base-id" },
      { name: "--restart-epoch", value: "1" },
    ],
    { baseId: 0, number: 1 },
  ],
])("domainSocketOf(%j)", (options, socket) => {
  expect(domainSocketOf(options)).toEqual(socket);
});

test.each<[options: readonly EnvoyOption[], needed: number]>([
  [[], 38],
  [optionsOf("--concurrency", "0"), 34],
  [optionsOf("--concurrency", "20"), 110],
])("openFilesNeeded(%j) on two processors", (options, needed) => {
  expect(openFilesNeeded(options, 2)).toBe(needed);
});

test.each<[options: readonly string[], expected: readonly string[] | undefined]>([
  [
    ["-c", "off"],
    ["--mode", "validate", "-c", "off"],
  ],
  [
    ["-l", "off", "-c", "f"],
    ["--mode", "validate", "-l", "critical", "-c", "f"],
  ],
  [
    ["--log-level", "off"],
    ["--mode", "validate", "--log-level", "critical"],
  ],
  [
    ["-l", "bogus"],
    ["--mode", "validate", "-l", "bogus"],
  ],
  [["--mode", "init_only"], undefined],
])("validationOptions(%j)", (options, expected) => {
  expect(validationOptions(optionsOf(...options))).toEqual(expected && optionsOf(...expected));
});
