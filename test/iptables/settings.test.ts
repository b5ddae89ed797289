import { describe, expect, test } from "bun:test";
import { quote } from "../../src/go/literal.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { configOf, configured, contractOf, planned, valuesOf } from "./support.ts";

const PASSWD =
  "root:x:0:0:root:/root:/bin/sh\nistio-proxy:x:1500:1501::/:/bin/false\nenvoy:x:1600:1601::/:/bin/false\nbroken:x:y:1::/:\n  \tblanks:x:1700:1701::/:\n+other:x:1:1::/:\n#comment:x:2:2::/:\n";

describe.each(["istio-1.6", "istio-1.30"])("settings of %s", (profile) => {
  test("a flag takes precedence over its variable, even if it is empty", () => {
    const env = { PROXY_UID: "7", ISTIO_INBOUND_PORTS: "*" };
    expect(configOf(profile, [], { env })).toMatchObject({ uids: "7", gids: "7", inboundPorts: "*" });
    expect(configOf(profile, ["-u", "8", "-b", ""], { env })).toMatchObject({ uids: "8", gids: "8", inboundPorts: "" });
  });

  test("an invalid boolean or duration of a variable is false or 0", () => {
    expect(configOf(profile, [], { env: { DRY_RUN: "maybe", PROBE_TIMEOUT: "soon" } })).toMatchObject({ dryRun: false, probeTimeout: 0 });
    expect(configOf(profile, [], { env: { DRY_RUN: "T", PROBE_TIMEOUT: "900ms" } })).toMatchObject({ dryRun: true, probeTimeout: 900 });
    expect(configOf(profile, ["--probe-timeout", "1m"])).toMatchObject({ probeTimeout: 60_000 });
  });

  test("the user of the proxy is looked up", () => {
    const uids = (env: Record<string, string>) => configOf(profile, [], { env, passwd: PASSWD }).uids.replace(/,0$/, "");
    expect([{}, { ENVOY_USER: "envoy" }, { ENVOY_USER: "nobody" }, { ENVOY_USER: "" }, { ENVOY_USER: "broken" }].map(uids)).toEqual([
      "1500",
      "1600",
      "1337",
      "1337",
      "1337",
    ]);
  });

  test.each([
    ["blanks", "1700"],
    ["+other", "1337"],
    ["#comment", "1337"],
  ])("the line of the user %p is read as upstream reads it", (name, uid) => {
    expect(configOf(profile, [], { env: { ENVOY_USER: name }, passwd: PASSWD }).uids).toStartWith(uid);
  });

  test("every flag with a text has a value without one", () => {
    const { flags, readSettings } = contractOf(profile);
    expect(Object.values(readSettings(valuesOf([], flags), environmentOf([]))).filter((value) => value === undefined)).toEqual([]);
  });
});

describe("settings of 1.30", () => {
  test.each([
    [{ INBOUND_CAPTURE_PORT: "" }, { inboundPort: "" }],
    [{ ENVOY_PORT: "1" }, { proxyPort: "15001" }],
    [{ REDIRECT_DNS: "true", ISTIO_META_DNS_CAPTURE: "false" }, { redirectDns: false }],
    [{ REDIRECT_DNS: "false", ISTIO_META_DNS_CAPTURE: "true" }, { redirectDns: true }],
    [{ INVALID_DROP: "1" }, { dropInvalid: true }],
    [{ ISTIO_DUAL_STACK: "t" }, { dualStack: true }],
    [{ IPTABLES_PROBE_PORT: "x" }, { probePort: 0 }],
    [{ IPTABLES_PROBE_PORT: "70000" }, { probePort: 65_535 }],
    [{ IPTABLES_PROBE_PORT: "0x10" }, { probePort: 16 }],
  ])("%j", (env, settings) => {
    expect(configOf("istio-1.30", [], { env })).toMatchObject(settings);
  });

  test.each([
    [["127.0.0.1"], [], undefined],
    [["169.254.1.1", "fe80::1", "224.0.0.1"], [], undefined],
    [["10.0.0.1", "fd00::1"], [], { hasV6: false, hostAddress: "10.0.0.1" }],
    [["10.0.0.1", "fd00::1"], ["--dual-stack"], { hasV6: true, hostAddress: "10.0.0.1" }],
    [["10.0.0.1", "fe80::1"], ["--dual-stack"], { hasV6: false }],
    [["169.254.1.1", "fd00::1"], [], { hasV6: true, hostAddress: "fd00::1" }],
    [["::ffff:10.0.0.1"], [], { hasV6: false, hostAddress: "10.0.0.1" }],
    [["not an address", "10.0.0.1"], [], { hasV6: false }],
  ])("addresses %j %j", (addresses, args, wanted) => {
    const config = configured("istio-1.30", args, { addresses });
    if (wanted === undefined) expect(config).toEqual({ ok: false, error: "no valid local IP address found" });
    else expect(config.ok && config.value).toMatchObject(wanted);
  });

  test.each([
    ["nameserver 10.0.0.1\nnameserver 10.0.0.1\n", { v4: ["10.0.0.1", "10.0.0.1"], v6: [] }],
    ["nameserver\t fd00:0::A \nnameserver ::ffff:10.0.0.1", { v4: [], v6: ["fd00::a", "::ffff:10.0.0.1"] }],
    ["nameserver fe80::1%eth0", { v4: [], v6: ["fe80::1%eth0"] }],
    ["Nameserver 10.0.0.1\nnameservers 10.0.0.2\nnameserver\nnameserver x\n# nameserver 10.0.0.3\noptions ndots:5", { v4: [], v6: [] }],
    ["  nameserver 10.0.0.1 10.0.0.2\r\n", { v4: ["10.0.0.1"], v6: [] }],
  ])("resolvers of %j", (resolvConf, resolvers) => {
    expect(configOf("istio-1.30", ["--redirect-dns"], { resolvConf }).resolvers).toEqual(resolvers);
  });

  test("resolv.conf is not read without capture, or with capture of all", () => {
    const resolvConf = "nameserver 10.0.0.1";
    for (const args of [[], ["--redirect-dns", "--capture-all-dns"]])
      expect(configOf("istio-1.30", args, { resolvConf }).resolvers).toEqual({ v4: [], v6: [] });
  });

  test.each([
    ["127.0.0.0/7", "expected CIDR 127.0.0.0/7 to have mask in range [8, 32]; found 7"],
    ["10.0.0.0/8", "expected valid IPv4 loopback address in CIDR 10.0.0.0/8; found 10.0.0.0"],
    ["::1/128", "expected valid IPv4 loopback address in CIDR ::1/128; found ::1"],
    ["x", `failed to parse CIDR x: netip.ParsePrefix(${quote("x")}): no '/'`],
  ])("the loopback range %s: %s", (range, error) => {
    expect(configured("istio-1.30", [], { env: { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: range } })).toEqual({ ok: false, error });
  });

  test("64 groups are valid, 65 are not", () => {
    const groups = (count: number) => ({ env: { ISTIO_OUTBOUND_OWNER_GROUPS: [...Array(count).keys()].join(",") } });
    expect(configured("istio-1.30", [], groups(64)).ok).toBe(true);
    expect(configured("istio-1.30", [], groups(65)).ok).toBe(false);
  });
});

describe("settings of 1.6", () => {
  test.each([
    [{ INBOUND_CAPTURE_PORT: "" }, { inboundPort: "15006" }],
    [{ ENVOY_PORT: "1" }, { proxyPort: "1" }],
    [{ IPTABLES_PROBE_PORT: "65537" }, { probePort: 1 }],
    [{ RESTORE_FORMAT: "false" }, { restoreFormat: false }],
    [{}, { uids: "1337,0", gids: "1337,0", restoreFormat: true }],
  ])("%j", (env, settings) => {
    expect(configOf("istio-1.6", [], { env })).toMatchObject(settings);
  });

  test("addresses of one link count", () => {
    expect(configOf("istio-1.6", [], { addresses: ["127.0.0.1", "169.254.1.1", "fd00::1"] }).hasV6).toBe(false);
    expect(configOf("istio-1.6", [], { addresses: ["::1", "fe80::1"] }).hasV6).toBe(true);
  });

  test("invalid ranges are ignored with a warning, host bits are cleared", () => {
    const plan = contractOf("istio-1.6").plan(configOf("istio-1.6", ["-i", "10.1.2.3/8,x,", "-x", "y"]));
    expect(plan.ok && plan.value.notices.map(({ text }) => text.split(": ").slice(1).join(": "))).toEqual([
      "invalid CIDR address: y",
      "invalid CIDR address: x",
      "invalid CIDR address: ",
    ]);
    expect(planned("istio-1.6", ["-i", "10.1.2.3/8,x"]).flatMap(({ when }) => when)).toContainEqual({
      kind: "destination",
      address: "10.0.0.0/8",
    });
  });
});
