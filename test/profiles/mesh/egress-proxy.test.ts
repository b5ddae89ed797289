import { describe, expect, test } from "bun:test";
import { type Env, proxyConfig, startWith } from "./start-mesh.ts";

const PROXY = { HTTPS_PROXY: "http://proxy:3128" };
const at = (discoveryAddress: string, env: Env = PROXY) => ({ ...proxyConfig({ discoveryAddress }), ...env });
const about = async (env: Env) => (await startWith(env)).warnings.filter((text) => text.includes("HTTPS_PROXY"));

describe("a proxy for HTTPS", () => {
  test.each<[string, Env, string]>([
    ["of the control plane and the CA", at("istiod.example:15012"), '"istiod.example:15012"'],
    ["in small letters", at("10.0.0.7:15012", { https_proxy: "proxy:3128" }), '"10.0.0.7:15012"'],
    ["of the CA only", at("localhost:15012", { ...PROXY, CA_ADDR: "ca.example:8060" }), '"ca.example:8060"'],
    ["of two servers", at("a.example:15012", { ...PROXY, CA_ADDR: "b.example:8060" }), '"a.example:15012" and "b.example:8060"'],
    [
      "of another domain than is excepted",
      at("a.example:15012", { ...PROXY, NO_PROXY: "ample, .a.example,b.example" }),
      '"a.example:15012"',
    ],
    ["of another port than is excepted", at("a.example:15012", { ...PROXY, NO_PROXY: "a.example:443" }), '"a.example:15012"'],
    [
      "of an address in no network that is excepted",
      at("10.0.0.7:15012", { ...PROXY, NO_PROXY: "10.1.0.0/16,10.0.0.8,x" }),
      '"10.0.0.7:15012"',
    ],
  ])("%s is not used, which is a warning", async (_, env, servers) => {
    expect(await about(env)).toEqual([`HTTPS_PROXY is not used: connections to ${servers} are made directly`]);
  });

  test.each<[string, Env]>([
    ["is empty", at("a.example:15012", { HTTPS_PROXY: "" })],
    ["is for a name of this machine", at("localhost:15012")],
    ["is for an address of this machine", at("127.0.0.2:15012")],
    ["is excepted for everything", at("a.example:15012", { ...PROXY, NO_PROXY: "x,*" })],
    ["is excepted for the name", at("a.example:15012", { ...PROXY, NO_PROXY: " A.example " })],
    ["is excepted for the domain", at("istiod.istio-system.svc:15012", { ...PROXY, no_proxy: ".svc,.local" })],
    ["is excepted for all names of the domain", at("a.example:15012", { ...PROXY, NO_PROXY: "*.example" })],
    ["is excepted for the port", at("a.example:15012", { ...PROXY, NO_PROXY: "example:15012" })],
    ["is excepted for the address", at("10.0.0.7:15012", { ...PROXY, NO_PROXY: "10.0.0.7" })],
    ["is excepted for the network", at("10.0.0.7:15012", { ...PROXY, NO_PROXY: "10.0.0.0/8" })],
    ["is excepted for the network of an IPv4 address as IPv6", at("[::ffff:10.1.2.3]:15012", { ...PROXY, NO_PROXY: "10.0.0.0/8" })],
    ["is excepted for a network of IPv4 as IPv6", at("10.1.2.3:15012", { ...PROXY, NO_PROXY: "::ffff:10.0.0.0/104" })],
    ["is excepted for the network of an IPv6 address", at("[fd00::7]:15012", { ...PROXY, NO_PROXY: "fd00::/8" })],
  ])("that %s would not be used by the release either: no warning", async (_, env) => {
    expect(await about(env)).toEqual([]);
  });
});
