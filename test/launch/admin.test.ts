import { expect, test } from "bun:test";
import { started } from "../profiles/started.ts";

const INSECURE = { PROXY_CONFIG: '{"controlPlaneAuthPolicy":"NONE","discoveryAddress":"istiod:15010"}' };
const V6_FIRST = { INSTANCE_IP: "2001:db8::1" };
const config = (fields: object) => ({
  PROXY_CONFIG: JSON.stringify({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "istiod:15010", ...fields }),
});
const at = (socket_address: object) => JSON.stringify({ admin: { address: { socket_address } } });
const OVERRIDE = { ISTIO_BOOTSTRAP_OVERRIDE: "o.yaml" };
const MOVED = { "o.yaml": "admin: {address: {socket_address: {port_value: 7}}}" };

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
  ["the contract's place", {}, {}, "127.0.0.1 15000"],
  ["a port of the ProxyConfig", config({ proxyAdminPort: 5 }), {}, "127.0.0.1 5"],
  ["where the template puts it for a pod whose first address is IPv6 and another IPv4", V6_FIRST, {}, "127.0.0.1 15000"],
  ["both families on purpose", { ...V6_FIRST, ISTIO_DUAL_STACK: "true" }, {}, "::1 15000"],
  ["what an override moves", OVERRIDE, MOVED, "127.0.0.1 7"],
  ["what an override leaves", OVERRIDE, { "o.yaml": "admin: {profile_path: /p}" }, "127.0.0.1 15000"],
  ["a person's own file", config({ customConfigFile: "c.json" }), { "c.json": at({ address: "0.0.0.0", port_value: 9 }) }, "0.0.0.0 9"],
  [
    "a person's own file in YAML",
    config({ customConfigFile: "c.yaml", proxyAdminPort: 5 }),
    { "c.yaml": "admin:\n  address:\n    socketAddress: { address: 127.0.0.2 }\n" },
    "127.0.0.2 5",
  ],
  ["a file that cannot be read", config({ customConfigFile: "none.json" }), {}, "127.0.0.1 15000"],
  ["a person's template", { ISTIO_BOOTSTRAP: "t.json" }, { "t.json": at({ address: "127.0.0.3", port_value: 3 }) }, "127.0.0.3 3"],
  [
    "a person's template and an override",
    { ISTIO_BOOTSTRAP: "t.json", ...OVERRIDE },
    { "t.json": at({ address: "127.0.0.3", port_value: 3 }), ...MOVED },
    "127.0.0.3 7",
  ],
])("Envoy's admin interface of 1.30 is at %s", async (_, env, files, expected) => {
  const { launch } = await started("istio-1.30", { env: { ...INSECURE, ...env }, files: { ...files } });
  expect(`${launch?.admin.host} ${launch?.admin.port}`).toBe(expected);
});

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
  ["the contract's place", {}, {}, "127.0.0.1 15000"],
  ["IPv6 for a pod that has nothing else", { INSTANCE_IP: "2001:db8::1" }, {}, "::1 15000"],
  ["what an override moves", OVERRIDE, MOVED, "127.0.0.1 7"],
  ["the contract's place where only Envoy can read the override", OVERRIDE, { "o.yaml": "admin: [" }, "127.0.0.1 15000"],
])("Envoy's admin interface of 1.6 is at %s", async (_, env, files, expected) => {
  const interfaces = "INSTANCE_IP" in env ? { interfaces: { eth0: ["2001:db8::1/64"] } } : {};
  const { launch } = await started("istio-1.6", { env: { ...INSECURE, ...env }, files: { ...files }, ...interfaces });
  expect(`${launch?.admin.host} ${launch?.admin.port}`).toBe(expected);
});
