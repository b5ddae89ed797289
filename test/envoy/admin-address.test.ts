import { expect, test } from "bun:test";
import { adminAddress } from "../../src/envoy/admin-address.ts";

const at = (socket_address: unknown) => ({ admin: { address: { socket_address } } });
const otherwise = { host: "127.0.0.1", port: 15000 };

test.each<[unknown[], string]>([
  [[], "127.0.0.1 15000"],
  [[undefined, "text", { admin: null }], "127.0.0.1 15000"],
  [[at({ address: "::1", port_value: 15000 })], "::1 15000"],
  [[at({ address: "::1", portValue: "1" })], "::1 1"],
  [[{ admin: { address: { socketAddress: { address: "::1" } } } }], "::1 15000"],
  [[at({ address: "::1", port_value: 1 }), at({ port_value: 2 })], "::1 2"],
  [[at({ address: "::1", port_value: 1 }), at({ address: "127.0.0.2" }), {}], "127.0.0.2 1"],
  [[at({ address: "", port_value: 0 })], "127.0.0.1 15000"],
  [[{ admin: { address: { pipe: { path: "/x" } } } }], "127.0.0.1 15000"],
])("in %j the admin interface listens on %s", (documents, expected) => {
  const { host, port } = adminAddress(documents, otherwise);
  expect(`${host} ${port}`).toBe(expected);
});
